/** Where the participants of a console live: in virtual time in this process, or in processes of their own. */

import type { NodeId } from "../../core/ids.ts";
import type { Line } from "./wording.ts";

/** What one participant said. */
export interface Said {
  readonly id: NodeId;
  readonly lines: readonly Line[];
}

export interface Stage {
  readonly participants: readonly NodeId[];
  promptOf(id: NodeId): string;
  /** Types a line at one of them, waits until all of it has happened, and tells what everybody said. */
  type(id: NodeId, line: string): Promise<readonly Said[]>;
  close(): Promise<void>;
}
