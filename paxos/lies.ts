/**
 * How a replica can lie in Multi-Paxos. The protocol does not tolerate it: a lying leader can make
 * replicas execute different values, and a client believes its first reply. That is shown, not hidden.
 */

import type { Lies, LieTools } from "../core/fault.ts";
import type { Digest } from "../core/ids.ts";
import { type Ballot, indexOf, nextBallot } from "./ballots.ts";
import {
  digestOfValue,
  type PaxosMessage,
  type PromiseMessage,
  type Proposal,
} from "./messages.ts";

const corruptText = '"Corrupt"';

type Tools = LieTools<PaxosMessage>;

export const lies: Lies<PaxosMessage> = {
  corrupt: tellOfNothing,
  equivocate: tellOfNothing,
  forge: (message, tools) =>
    message.kind === "promise" ? forgePromise(message, tools) : undefined,
  spam: (view, { self }) => ({ kind: "prepare", ballot: nextBallot(indexOf(self), view) }),
};

/**
 * Requests are signed by their clients and cannot be made up. They can be withheld: the same statement
 * about the no-op is valid on its face, and consistent from the proposal to the choice.
 */
function tellOfNothing(message: PaxosMessage, tools: Tools): PaxosMessage | undefined {
  const nothing = noOp(tools);
  switch (message.kind) {
    case "accept":
      return isNoOp(message) ? undefined : { ...message, requests: [], digest: nothing };
    case "accepted":
    case "chosen":
      return message.digest === nothing ? undefined : { ...message, digest: nothing };
    case "promise":
      if (message.accepted.every(isNoOp)) return undefined;
      return { ...message, accepted: message.accepted.map((value) => emptied(value, tools)) };
    case "values":
      if (message.values.every(isNoOp)) return undefined;
      return { ...message, values: message.values.map((value) => emptied(value, tools)) };
    case "reply":
      return { ...message, result: corruptText };
    case "snapshot":
      return { ...message, snapshot: corruptText };
    default:
      return undefined;
  }
}

/**
 * Evidence, in Paxos, is what somebody says that it accepted. Named with the highest ballot that a
 * promise may name, it outweighs what others truly accepted.
 */
function forgePromise(message: PromiseMessage, tools: Tools): PromiseMessage {
  const slots = message.accepted.map(({ slot }) => slot);
  const claimed = slots.length > 0 ? slots : [message.executed + 1];
  const ballot = Math.max(0, message.ballot - 1);
  return { ...message, accepted: claimed.map((slot) => noOpIn(slot, ballot, tools)) };
}

const isNoOp = ({ requests }: Pick<Proposal, "requests">): boolean => requests.length === 0;

const emptied = ({ slot, ballot }: Proposal, tools: Tools): Proposal => noOpIn(slot, ballot, tools);

const noOpIn = (slot: number, ballot: Ballot, tools: Tools): Proposal => ({
  slot,
  ballot,
  digest: noOp(tools),
  requests: [],
});

const noOp = (tools: Tools): Digest => digestOfValue([], (text) => tools.digest(text));
