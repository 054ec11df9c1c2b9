/** The three rounds of a flood: tell, tell on, tell on what was told. */

import { unreachable } from "../core/assert.ts";
import type { NodeId } from "../core/ids.ts";
import type { Out } from "../core/out.ts";
import { answerWhenOver } from "./commander.ts";
import type { Commit, FloodMessage, PrePrepare, Prepare } from "./messages.ts";
import { objectionTo } from "./objections.ts";
import type { Slot } from "./slot.ts";
import { digestFor, type FloodState, slotAt } from "./state.ts";

type Effects = Out<FloodMessage>;

/** Each word starts the next round at once, however few came before it. */
export function onWord(
  state: FloodState,
  from: NodeId,
  word: PrePrepare | Prepare | Commit,
  out: Effects,
): void {
  const objection = objectionTo(state, from, word, state.slots.get(word.sequence));
  if (objection !== undefined) return out.reject(from, objection);

  const slot = slotAt(state, word.sequence);
  switch (word.kind) {
    case "pre-prepare":
      return onPrePrepare(state, slot, word, out);
    case "prepare":
      return onPrepare(state, slot, from, word, out);
    case "commit":
      return onCommit(state, slot, from, word, out);
    default:
      return unreachable(word);
  }
}

function onPrePrepare(state: FloodState, slot: Slot, word: PrePrepare, out: Effects): void {
  const { sequence, request } = word;
  const value = digestFor(state, request);
  slot.proposed = value;
  slot.add({ author: state.self, teller: state.self, value });
  out.broadcast(state.others, { kind: "prepare", sequence, request });
}

/** The word is told on as it came, to its author, too. */
function onPrepare(
  state: FloodState,
  slot: Slot,
  origin: NodeId,
  { sequence, request }: Prepare,
  out: Effects,
): void {
  slot.add({ author: origin, teller: state.self, value: digestFor(state, request) });
  slot.heard += 1;
  out.broadcast(state.others, { kind: "commit", sequence, origin, request });
  answerWhenOver(state, slot, out);
}

function onCommit(
  state: FloodState,
  slot: Slot,
  teller: NodeId,
  { origin, request }: Commit,
  out: Effects,
): void {
  slot.add({ author: origin, teller, value: digestFor(state, request) });
  slot.heard += 1;
  answerWhenOver(state, slot, out);
}
