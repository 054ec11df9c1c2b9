/** How a node can lie in a flood. It lies for itself; what it passes on, it passes on as it came. */

import { unreachable } from "../core/assert.ts";
import type { Lies } from "../core/fault.ts";
import type { Operation } from "../core/ids.ts";
import type { Request } from "../core/messages.ts";
import type { FloodMessage } from "./messages.ts";

const corruptValue = '"Corrupt"';
const otherValue = '"Another story"';

export const lies: Lies<FloodMessage> = {
  corrupt: (message) => withValue(message, corruptValue),
  equivocate: (message) => withValue(message, otherValue),

  /** The only evidence here is hearsay: what another node is said to have said. */
  forge: (message) =>
    message.kind === "commit"
      ? { ...message, request: requestFor(message.request, corruptValue) }
      : undefined,

  /** There are no views. */
  spam: () => undefined,
};

function withValue(message: FloodMessage, value: Operation): FloodMessage | undefined {
  switch (message.kind) {
    case "pre-prepare":
    case "prepare":
      return { ...message, request: requestFor(message.request, value) };
    case "reply":
      return { ...message, result: value };
    case "request":
      return undefined;
    // Somebody else's word. Seed 004's counts show that its liar does not touch it: if it did,
    // an honest node among four would count four corrupt replies, not two.
    case "commit":
      return undefined;
    default:
      return unreachable(message);
  }
}

const requestFor = (request: Request, operation: Operation): Request => ({ ...request, operation });
