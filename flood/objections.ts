/** Why a node refuses a word. The seed refuses nothing; these keep a flood from feeding itself. */

import { unreachable } from "../core/assert.ts";
import type { NodeId } from "../core/ids.ts";
import type { Commit, PrePrepare, Prepare } from "./messages.ts";
import type { Slot } from "./slot.ts";
import type { FloodState } from "./state.ts";

export type Objection =
  | "not a member"
  | "its own word"
  | "sequence below 1"
  | "sequence that was never proposed"
  | "not the commander"
  | "second pre-prepare"
  | "prepare of the commander"
  | "second prepare"
  | "commit of nobody's prepare"
  | "commit of its own prepare"
  | "second commit";

type Heard = Pick<FloodState, "self" | "commander" | "places">;

/** What is wrong with a word; `slot` is what was heard about its sequence before. */
export function objectionTo(
  state: Heard,
  from: NodeId,
  word: PrePrepare | Prepare | Commit,
  slot: Slot | undefined,
): Objection | undefined {
  if (!state.places.has(from)) return "not a member";
  if (from === state.self) return "its own word";
  if (word.sequence < 1) return "sequence below 1";
  if (state.self === state.commander && slot?.proposed === undefined) {
    return "sequence that was never proposed";
  }
  switch (word.kind) {
    case "pre-prepare":
      if (from !== state.commander) return "not the commander";
      return slot?.proposed === undefined ? undefined : "second pre-prepare";
    case "prepare":
      if (from === state.commander) return "prepare of the commander";
      return slot?.has(from, state.self) === true ? "second prepare" : undefined;
    case "commit":
      return objectionToCommit(state, from, word, slot);
    default:
      return unreachable(word);
  }
}

function objectionToCommit(
  { commander, places }: Heard,
  from: NodeId,
  { origin }: Commit,
  slot: Slot | undefined,
): Objection | undefined {
  // The commander makes no prepare.
  if (!places.has(origin) || origin === commander) return "commit of nobody's prepare";
  // Its prepare already said it: a commit would count it twice.
  if (origin === from) return "commit of its own prepare";
  return slot?.has(origin, from) === true ? "second commit" : undefined;
}
