/**
 * What consoles say to each other beside PBFT: a leader hands a transaction to the client, nodes tell
 * the client that a transaction cannot be ordered, a leader collects reports. Signed like everything;
 * none of it takes part in agreeing on anything.
 */

import {
  isExactly,
  isId,
  isMessageOf,
  isShape,
  isText,
  isWholeNumber,
} from "../../../core/decode.ts";
import type { Digest, NodeId, Operation } from "../../../core/ids.ts";
import type { Message } from "../../../core/messages.ts";
import type { PbftMessage } from "../../../pbft/messages.ts";

/** Only clients sign requests: a leader asks the client to make one. */
export interface Transaction extends Message {
  readonly kind: "transaction";
  readonly operation: Operation;
  readonly replica: NodeId;
}

/** So many replicas refuse this request that it cannot be prepared in this view. */
export interface Abort extends Message {
  readonly kind: "abort";
  readonly view: number;
  readonly sequence: number;
  readonly client: NodeId;
  readonly timestamp: number;
  readonly replica: NodeId;
}

/** The leader wants to know where everybody stands. */
export interface ReportRequest extends Message {
  readonly kind: "report-request";
  readonly checkpoint: number;
  readonly replica: NodeId;
}

export interface Report extends Message {
  readonly kind: "report";
  readonly checkpoint: number;
  readonly replica: NodeId;
  readonly view: number;
  readonly sequence: number;
  /** Chains everything executed so far. */
  readonly history: Digest;
  /** The state of the service. */
  readonly state: string;
}

export type SideMessage = Transaction | Abort | ReportRequest | Report;

export type ConsoleMessage = PbftMessage | SideMessage;

export const sideKinds = ["transaction", "abort", "report-request", "report"] as const;

export const isSideMessage = isMessageOf({
  transaction: isShape<Transaction>({
    kind: isExactly("transaction"),
    operation: isText,
    replica: isId,
  }),
  abort: isShape<Abort>({
    kind: isExactly("abort"),
    view: isWholeNumber,
    sequence: isWholeNumber,
    client: isId,
    timestamp: isWholeNumber,
    replica: isId,
  }),
  "report-request": isShape<ReportRequest>({
    kind: isExactly("report-request"),
    checkpoint: isWholeNumber,
    replica: isId,
  }),
  report: isShape<Report>({
    kind: isExactly("report"),
    checkpoint: isWholeNumber,
    replica: isId,
    view: isWholeNumber,
    sequence: isWholeNumber,
    history: isText,
    state: isText,
  }),
});

/** What a signature covers: everything. JSON of a list keeps the fields apart. */
export function sideText(message: SideMessage): string {
  switch (message.kind) {
    case "transaction":
      return JSON.stringify([message.kind, message.replica, message.operation]);
    case "abort": {
      const { view, sequence, client, timestamp, replica } = message;
      return JSON.stringify([message.kind, replica, view, sequence, client, timestamp]);
    }
    case "report-request":
      return JSON.stringify([message.kind, message.replica, message.checkpoint]);
    case "report": {
      const { checkpoint, replica, view, sequence, history, state } = message;
      return JSON.stringify([message.kind, replica, checkpoint, view, sequence, history, state]);
    }
  }
}

export const isSide = (message: ConsoleMessage): message is SideMessage =>
  sideKinds.some((kind) => kind === message.kind);
