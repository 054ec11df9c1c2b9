/** What a node by hand tells its operator. It travels as the detail of a mark, so hosts need not know it. */

import type { NodeId, Operation, Result } from "../../../core/ids.ts";
import type { Effect } from "../../../core/machine.ts";
import type { Message } from "../../../core/messages.ts";
import type { Out } from "../../../core/out.ts";
import type { ConsoleMessage, Report } from "./side-messages.ts";

export type Phase = "prepare" | "commit";

/** Who said what about a slot, as this node saw it. The leader's pre-prepare is its vote to prepare. */
export interface Tally {
  readonly yes: readonly NodeId[];
  readonly no: readonly NodeId[];
  readonly missing: readonly NodeId[];
  /** How many must say yes. */
  readonly threshold: number;
}

export type Notice =
  /** An order that cannot be carried out, in a sentence. */
  | { readonly kind: "refused"; readonly why: string }
  /** This node leads and has proposed. */
  | { readonly kind: "proposed"; readonly operation: Operation }
  /** Waits for this operator's vote to prepare. */
  | { readonly kind: "proposal"; readonly from: NodeId; readonly operation: Operation }
  /** Two proposals of one leader for one slot. */
  | { readonly kind: "equivocation"; readonly from: NodeId }
  /** Waits for this operator's ack. */
  | { readonly kind: "prepared"; readonly operation: Operation | undefined; readonly tally: Tally }
  | {
      readonly kind: "cast";
      readonly phase: Phase;
      readonly isYes: boolean;
      /** One node only; undefined: everybody. */
      readonly to: NodeId | undefined;
      /** It was refused before, so it is refused again. */
      readonly isAgain: boolean;
      readonly tally: Tally;
    }
  | {
      readonly kind: "vote";
      readonly phase: Phase;
      readonly from: NodeId;
      readonly isYes: boolean;
      readonly tally: Tally;
    }
  | { readonly kind: "commit phase"; readonly tally: Tally }
  | { readonly kind: "not yet"; readonly phase: Phase; readonly tally: Tally }
  | { readonly kind: "committing"; readonly tally: Tally }
  | { readonly kind: "abort"; readonly tally: Tally }
  | { readonly kind: "stuck"; readonly tally: Tally }
  /** Enough others decided what this operator refused. */
  | { readonly kind: "outvoted" }
  | { readonly kind: "asked for view"; readonly count: number; readonly threshold: number }
  | { readonly kind: "view asked for"; readonly from: NodeId }
  | { readonly kind: "snapshot"; readonly report: Report }
  | {
      readonly kind: "reports";
      readonly reports: readonly Report[];
      /** How many of them say the same. */
      readonly equal: number;
      readonly threshold: number;
      readonly of: number;
    }
  | { readonly kind: "request"; readonly operation: Operation; readonly from: NodeId | undefined }
  | { readonly kind: "queued"; readonly operation: Operation }
  | {
      readonly kind: "reply";
      readonly result: Result;
      readonly count: number;
      readonly of: number;
      readonly threshold: number;
      /** Of which request. */
      readonly operation: Operation;
    }
  | { readonly kind: "withdrawn"; readonly operation: Operation };

export interface Told {
  readonly notice: Notice;
  readonly view: number;
  readonly slot: number;
}

const markName = "by hand";

export function tell(
  out: Out<ConsoleMessage>,
  { view, slot }: { readonly view: number; readonly slot: number },
  notice: Notice,
): void {
  out.mark({ name: markName, view, slot, detail: JSON.stringify(notice) });
}

/** The notice in an effect, if it is one. */
export function noticeIn(effect: Effect<Message>): Told | undefined {
  if (effect.kind !== "mark" || effect.mark.name !== markName) return undefined;
  const { view, slot = 0, detail = "" } = effect.mark;
  // Written above, in this process.
  return { notice: JSON.parse(detail) as Notice, view, slot };
}
