/** Whoever can be sent a message: a replica, a client at its gateway. */

import type { NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Refusal } from "../core/node.ts";

export interface Receiver {
  readonly id: NodeId;
  readonly isUp: boolean;
  /** Why the message is not even shown to the protocol; `down` when nobody is there to see it. */
  admit(signed: Signed<Message>): Refusal | "down" | undefined;
  /** Handles a message that was admitted; false if it is lost, since nobody is there any more. */
  handle(signed: Signed<Message>): boolean;
}
