/** A disk that lasts as long as its process: records survive a crash of their node, not of the host. */

import type { Json } from "../core/encoding.ts";
import type { Past, Store } from "./disk/store.ts";

export class MemoryDisk implements Store {
  readonly hasFailed = false;
  #records: Json[] = [];

  append(record: Json, done: () => void): void {
    this.#records.push(record);
    done();
  }

  /** What an earlier life wrote, oldest first; a copy, as a file would give. */
  read(): Past {
    return { records: structuredClone(this.#records) };
  }

  whenFailing(): void {}

  erase(): void {
    this.#records = [];
  }
}
