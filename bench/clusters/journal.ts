/**
 * What a node says and does, noted in a file line by line before it happens: whoever kills the process
 * can still judge it. The file is the system's at once, so that it outlives the process.
 */

import { openSync, readFileSync, writeSync } from "node:fs";
import type { Delivery, Effect, Mark } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Observer } from "../../core/ports.ts";

export type JournalEntry =
  /** Another life begins. */
  | { readonly kind: "start" }
  | { readonly kind: "said"; readonly message: Message }
  | { readonly kind: "deliver"; readonly delivery: Delivery }
  | { readonly kind: "mark"; readonly mark: Mark };

export function createJournal(path: string): Observer<Message> {
  const file = openSync(path, "a");
  const note = (entry: JournalEntry) => writeSync(file, `${JSON.stringify(entry)}\n`);
  // A broadcast is one message to many.
  const said = new WeakSet<Message>();
  note({ kind: "start" });
  return {
    sent: (node, _to, { from, message }) => {
      if (from !== node || said.has(message)) return;
      said.add(message);
      note({ kind: "said", message });
    },
    effect: (_node, effect) => {
      const entry = entryOf(effect);
      if (entry !== undefined) note(entry);
    },
  };
}

function entryOf(effect: Effect<Message>): JournalEntry | undefined {
  if (effect.kind === "deliver") return { kind: "deliver", delivery: effect.delivery };
  return effect.kind === "mark" ? { kind: "mark", mark: effect.mark } : undefined;
}

const startLine = JSON.stringify({ kind: "start" } satisfies JournalEntry);

/** All lives of a node. A line that a life could not finish was about nothing that it did. */
export const readJournal = (path: string): readonly JournalEntry[] =>
  readFileSync(path, "utf8")
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(isTorn(line) ? startLine : line) as JournalEntry);

/** The first line of the next life stands right behind it. */
const isTorn = (line: string): boolean => line !== startLine && line.endsWith(startLine);
