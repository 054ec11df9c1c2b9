/** What an operator may order a node: handed to its machine as a request, which no peer can send. */

import type { NodeId, Operation } from "../../../core/ids.ts";
import type { Phase } from "./notices.ts";

export type Order =
  | { readonly order: "transaction"; readonly operation: Operation }
  | {
      readonly order: "vote";
      readonly phase: Phase;
      readonly isYes: boolean;
      /** Tell only this node: what an honest node never does. */
      readonly to?: NodeId;
    }
  | { readonly order: "progress" }
  | { readonly order: "view change" }
  | { readonly order: "checkpoint" }
  | { readonly order: "catch up" };

export const writeOrder = (order: Order): Operation => JSON.stringify(order);

/** Only consoles write orders, with the function above. */
export const readOrder = (text: Operation): Order => JSON.parse(text) as Order;
