/** The learner of one decree: counts the acceptors' votes, and tells every client that asks. */

import type { Digest, NodeId } from "../../core/ids.ts";
import type { Request } from "../../core/messages.ts";
import type { Out } from "../../core/out.ts";
import type { Ballot } from "../ballots.ts";
import type { Accepted, Decree, SingleDecreeMessage } from "./messages.ts";
import type { Learned, ParticipantState } from "./state.ts";
import { countVote } from "./tally.ts";

type ThisOut = Out<SingleDecreeMessage>;

/** Runs while clients wait: then the acceptors are asked what they accepted. */
export const queryTimer = "query";

/** A client that asks is told, now or as soon as this node knows. */
export function onAsked(state: ParticipantState, request: Request, out: ThisOut): void {
  const { learner } = state;
  const { client, timestamp } = request;
  learner.asking.set(client, timestamp);
  const { learned } = learner;
  if (learned !== undefined) out.send(client, replyOf(state, learned, client, timestamp));
  else if (!learner.isQuerying) startQuerying(state, out);
}

/** Chosen, once a majority of different acceptors accepted it in one ballot. */
export function onVote(
  state: ParticipantState,
  from: NodeId,
  accepted: Accepted,
  out: ThisOut,
): void {
  const counted = countVote(state.tally, state.tools, from, accepted);
  if (typeof counted === "string") return out.reject(from, counted);
  if (state.learner.learned !== undefined || counted.count < state.majority) return;
  learn(state, accepted.ballot, accepted.decree, counted.digest, out);
}

function learn(
  state: ParticipantState,
  ballot: Ballot,
  { message }: Decree,
  digest: Digest,
  out: ThisOut,
): void {
  const { learner, executor } = state;
  const delivery = executor.execute(1, ballot, digest, [message]);
  const result = delivery.executed[0]?.result ?? "";
  const learned = { ballot, digest, result };
  learner.learned = learned;
  out.mark({ name: "value learned", view: ballot, slot: 1, detail: message.operation });
  out.deliver(delivery);
  if (learner.isQuerying) out.stopTimer(queryTimer);
  learner.isQuerying = false;
  for (const [client, timestamp] of learner.asking) {
    out.send(client, replyOf(state, learned, client, timestamp));
  }
}

/** Every client gets the same result, whoever's value it is. */
const replyOf = (
  { id }: ParticipantState,
  { ballot, result }: Learned,
  client: NodeId,
  timestamp: number,
): SingleDecreeMessage => ({
  kind: "reply",
  view: ballot,
  sequence: 1,
  timestamp,
  client,
  replica: id,
  result,
});

/** Votes may have been lost on their way here. */
export function onQueryTimeOut(state: ParticipantState, out: ThisOut): void {
  state.learner.isQuerying = false;
  if (state.learner.learned !== undefined) return;
  out.broadcast(state.seats.acceptors, { kind: "query" });
  startQuerying(state, out);
}

function startQuerying({ learner, settings }: ParticipantState, out: ThisOut): void {
  learner.isQuerying = true;
  out.startTimer(queryTimer, settings.timeoutMs);
}
