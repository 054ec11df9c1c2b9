/** How a participant of single-decree Paxos can lie. Nothing protects against it: see the README. */

import type { Lies, LieTools } from "../../core/fault.ts";
import { indexOf, nextBallot } from "../ballots.ts";
import { isSameDecree } from "./decrees.ts";
import type { Decree, SingleDecreeMessage, Vote } from "./messages.ts";

type Tools = LieTools<SingleDecreeMessage>;

export const lies: Lies<SingleDecreeMessage> = {
  corrupt: tellAnother,
  equivocate: tellAnother,
  /** Evidence is what somebody says that it accepted: here, in the highest ballot that it may name. */
  forge(message, tools) {
    if (message.kind !== "promise") return undefined;
    const ballot = Math.max(0, message.ballot - 1);
    return {
      ...message,
      accepted: { ballot, decree: anotherThan(message.accepted?.decree, tools) },
    };
  },
  spam: (view, { self }) => ({ kind: "prepare", ballot: nextBallot(indexOf(self), view) }),
};

/** The same statement about another value. */
function tellAnother(message: SingleDecreeMessage, tools: Tools): SingleDecreeMessage | undefined {
  switch (message.kind) {
    case "accept":
    case "accepted":
      return { ...message, ...another(message, tools) };
    case "promise":
      if (message.accepted === undefined) return undefined;
      return { ...message, accepted: another(message.accepted, tools) };
    case "reply":
      return { ...message, result: corruptValue };
    default:
      return undefined;
  }
}

const corruptValue = '"Corrupt"';

const another = ({ ballot, decree }: Vote, tools: Tools): Vote => ({
  ballot,
  decree: anotherThan(decree, tools),
});

/** What another client asked for, or a value of its own, signed as if it were a client. */
function anotherThan(decree: Decree | undefined, { requests, seal, self }: Tools): Decree {
  const seen = requests.find((known) => decree === undefined || !isSameDecree(known, decree));
  if (seen !== undefined) return seen;
  const message = { kind: "request", operation: corruptValue, timestamp: 1, client: self } as const;
  return { ...seal(message), message };
}
