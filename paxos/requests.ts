/** Requests of clients: the leader takes them up, everybody else passes them on and starts to watch. */

import type { Request, Signed } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { enqueue } from "./leader.ts";
import { campaign } from "./leader-change.ts";
import { replyOf } from "./learner.ts";
import type { PaxosMessage } from "./messages.ts";
import { leaderOf, type PaxosState } from "./state.ts";

export function onRequest(
  state: PaxosState,
  signed: Signed<Request>,
  out: Out<PaxosMessage>,
): void {
  const { client, timestamp } = signed.message;
  if (signed.from !== client) return out.reject(signed.from, "request under another name");
  if (state.executor.isOld(signed.message)) return answerAgain(state, signed.message, out);
  const known = state.waiting.get(client);
  // It is on its way already; should it get lost there, it is passed on again after a while.
  if (known !== undefined && known.message.timestamp >= timestamp) return;

  state.waiting.set(client, signed);
  if (state.office.kind === "leader") enqueue(state.office, signed);
  else if (leaderOf(state) !== state.id) out.forward(leaderOf(state), signed);
  else if (state.office.kind === "backup") campaign(state, out);
}

/** The last reply of a client is kept for as long as it asks nothing newer. */
function answerAgain(
  state: PaxosState,
  { client, timestamp }: Request,
  out: Out<PaxosMessage>,
): void {
  const last = state.executor.lastReply(client);
  if (last === undefined || last.timestamp !== timestamp) return;
  out.send(client, replyOf(state, last.slot, { client, timestamp, result: last.result }));
}
