/** The commander's side: it starts a flood for each request, and answers when it is over. */

import type { NodeId } from "../core/ids.ts";
import type { Request } from "../core/messages.ts";
import type { Out } from "../core/out.ts";
import { wordsAt } from "./counts.ts";
import type { FloodMessage } from "./messages.ts";
import type { Slot } from "./slot.ts";
import { digestFor, type FloodState, slotAt } from "./state.ts";

type Effects = Out<FloodMessage>;

// More requests at once are refused; their clients ask again. Far fewer than slots are remembered.
const mostUnanswered = 64;

export function onRequest(state: FloodState, from: NodeId, request: Request, out: Effects): void {
  if (state.self !== state.commander) return out.reject(from, "not the commander");
  if (from !== request.client) return out.reject(from, "not its own request");
  if (state.executor.isOld(request)) return answerAgain(state, request, out);
  if (unansweredOf(state) >= mostUnanswered) return out.reject(from, "too many requests at once");

  const sequence = state.executor.slot + 1;
  const slot = slotAt(state, sequence);
  slot.proposed = digestFor(state, request);
  slot.see(slot.proposed);
  slot.unanswered = request;
  state.executor.execute(sequence, 0, slot.proposed, [request]);
  out.broadcast(state.others, { kind: "pre-prepare", sequence, request });
  answerWhenOver(state, slot, out);
}

/** Called with every word that came: all that can come, or the wait for more begins anew. */
export function answerWhenOver(state: FloodState, slot: Slot, out: Effects): void {
  if (slot.unanswered === undefined) return;
  slot.quietTurns = 0;
  if (slot.heard < wordsAt("commander", state.setup.n)) return waitATurn(state, slot, out);
  out.stopTimer(timerOf(slot));
  answer(state, slot, "everything came", out);
}

// A busy process is late with everything at once, and a timer that ran out is then shown before the
// words that have long arrived. Only the last of several turns in which nothing came says that
// nothing comes any more.
const turns = 4;

/** One turn of the wait is over. */
export function onQuiet(state: FloodState, timer: string, out: Effects): void {
  for (const slot of state.slots.values()) {
    if (timerOf(slot) !== timer) continue;
    slot.quietTurns += 1;
    if (slot.quietTurns < turns) return waitATurn(state, slot, out);
    return answer(state, slot, `quiet for ${quietMs(state)} ms`, out);
  }
}

const waitATurn = (state: FloodState, slot: Slot, out: Effects): void =>
  out.startTimer(timerOf(slot), quietMs(state) / turns);

const timerOf = ({ sequence }: Slot): string => `quiet ${sequence}`;

/** Half of the client's patience, so that it has its answer before it asks again. */
const quietMs = ({ setup: { settings } }: FloodState): number => settings.timeoutMs / 2;

/** Requests whose flood is still under way. */
export const unansweredOf = ({ slots }: FloodState): number =>
  [...slots.values()].filter(({ unanswered }) => unanswered !== undefined).length;

function answer(state: FloodState, slot: Slot, detail: string, out: Effects): void {
  const request = slot.unanswered;
  if (request === undefined) return;
  slot.unanswered = undefined;
  out.mark({ name: "answered", view: 0, slot: slot.sequence, detail });
  reply(state, request.client, out);
}

function answerAgain(state: FloodState, request: Request, out: Effects): void {
  const last = state.executor.lastReply(request.client);
  if (last?.timestamp !== request.timestamp) return out.reject(request.client, "old request");
  if (state.slots.get(last.slot)?.unanswered === undefined) reply(state, request.client, out);
}

function reply({ executor, self }: FloodState, client: NodeId, out: Effects): void {
  const last = executor.lastReply(client);
  if (last === undefined) return;
  const { slot: sequence, timestamp, result } = last;
  out.send(client, { kind: "reply", view: 0, sequence, timestamp, client, replica: self, result });
}
