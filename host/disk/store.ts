/** A disk that a participant can begin its next life from, and what it finds there. */

import type { Json } from "../../core/encoding.ts";
import type { Pledge } from "../../core/machine.ts";
import type { Disk } from "../../core/ports.ts";

export interface Store extends Disk {
  /** What earlier lives wrote. */
  read(): Past;
  erase(): void;
  /** Tells it whom to stop when nothing can be written any more. */
  whenFailing(stop: () => void): void;
  readonly hasFailed: boolean;
}

export interface Past {
  /** Oldest first. */
  readonly records: readonly Json[];
  /** How far a life whose records were lost may have bound itself; undefined when none were. */
  readonly lost?: Pledge | undefined;
}
