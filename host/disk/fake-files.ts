/** Files whose syncs, crashes and failures are in the hand of a test. Only tests use this. */

import { assert } from "../../core/assert.ts";
import type { Files, OpenFile } from "./files.ts";

interface FakeFile {
  bytes: Buffer;
  /** Bytes that survive whatever happens. */
  synced: number;
}

export class FakeFiles implements Files {
  readonly #files: Map<string, FakeFile>;
  readonly #syncs: (() => void)[] = [];
  /** How many bytes still fit. */
  room = Number.POSITIVE_INFINITY;
  isSyncBroken = false;
  /** Called before anything changes for good; may throw, as if the power went. */
  beforeChange: () => void = () => {};

  constructor(files: ReadonlyMap<string, Buffer> = new Map()) {
    this.#files = new Map([...files].map(([name, bytes]) => [name, whole(bytes)]));
  }

  /** The machine loses power; of what was not synced, so many bytes made it. */
  afterPowerLoss(unsyncedBytes: number): FakeFiles {
    const left = [...this.#files].map(([name, { bytes, synced }]): [string, Buffer] => [
      name,
      Buffer.from(bytes.subarray(0, synced + unsyncedBytes)),
    ]);
    return new FakeFiles(new Map(left));
  }

  get syncsUnderWay(): number {
    return this.#syncs.length;
  }

  finishSync(): void {
    const finish = this.#syncs.shift();
    assert(finish !== undefined, "a sync is under way");
    finish();
  }

  read(name: string): Buffer | undefined {
    const file = this.#files.get(name);
    return file && Buffer.from(file.bytes);
  }

  open(name: string, length: number): OpenFile {
    const file = this.#files.get(name) ?? whole(Buffer.alloc(0));
    file.bytes = file.bytes.subarray(0, length);
    file.synced = file.bytes.length;
    this.#files.set(name, file);
    return {
      write: (bytes) => {
        const fitting = bytes.subarray(0, this.room);
        this.room -= fitting.length;
        file.bytes = Buffer.concat([file.bytes, fitting]);
        if (fitting.length < bytes.length) throw new Error("ENOSPC: no space left on device");
      },
      sync: () => {
        const length = file.bytes.length;
        return new Promise((resolve, reject) => {
          this.#syncs.push(() => {
            if (this.isSyncBroken) return reject(new Error("EIO: i/o error"));
            file.synced = Math.max(file.synced, length);
            resolve();
          });
        });
      },
      syncNow: () => {
        file.synced = file.bytes.length;
      },
      close: () => {},
    };
  }

  replace(name: string, bytes: Buffer): void {
    this.beforeChange();
    this.#files.set(name, whole(Buffer.from(bytes)));
  }

  remove(name: string): void {
    this.beforeChange();
    this.#files.delete(name);
  }
}

const whole = (bytes: Buffer): FakeFile => ({ bytes, synced: bytes.length });
