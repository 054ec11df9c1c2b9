/** A disk that lasts as long as its process: records survive a crash of their node, not of the host. */

import type { Json } from "../core/encoding.ts";
import type { Disk } from "../core/ports.ts";

export class MemoryDisk implements Disk {
  #records: Json[] = [];

  append(record: Json, done: () => void): void {
    this.#records.push(record);
    done();
  }

  /** What an earlier life wrote, oldest first; a copy, as a file would give. */
  read(): readonly Json[] {
    return structuredClone(this.#records);
  }

  erase(): void {
    this.#records = [];
  }
}
