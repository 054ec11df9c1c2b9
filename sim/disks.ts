/** Everybody's disk in a simulated run: records survive a crash once they were written. */

import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { Disk } from "../core/ports.ts";

export class Disks {
  readonly #records = new Map<NodeId, Json[]>();

  /** What an earlier life wrote, oldest first; copies, as from a disk. */
  read(id: NodeId): Json[] {
    return (this.#records.get(id) ?? []).map(copyOf);
  }

  wipe(id: NodeId): void {
    this.#records.delete(id);
  }

  /**
   * The disk for one life of a node. `later` runs when writing takes so long, or never when the life
   * ends before; what was not written then is lost. Undefined: a record is written at once.
   */
  open(id: NodeId, later?: (write: () => void) => void): Disk {
    return {
      append: (record, done) => {
        const written = copyOf(record);
        const write = () => {
          const records = this.#records.get(id) ?? [];
          this.#records.set(id, records);
          records.push(written);
          done();
        };
        if (later === undefined) write();
        else later(write);
      },
    };
  }
}

/** What the platform's clone would make of plain data, ten times as fast: every vote is a record. */
function copyOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, copyOf(field)]));
}
