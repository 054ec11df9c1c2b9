/** The message log as `/log` shows it: what was proposed, and the votes that reached this node. */

import type { LogEntry, LoggedVote } from "../core/log.ts";
import { requestDigest } from "../core/messages.ts";
import type { Block } from "./messages.ts";
import type { Round } from "./rounds.ts";
import type { CcroState } from "./state.ts";

export function logEntries(state: CcroState, from: number, to: number): readonly LogEntry[] {
  const entries: LogEntry[] = [];
  const { kept, highest } = state.rounds;
  const last = Math.max(state.ledger.height, highest);
  for (let height = Math.max(from, last - kept, 1); height <= Math.min(to, last); height += 1) {
    const entry = entryAt(state, height);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function entryAt(state: CcroState, slot: number): LogEntry | undefined {
  const { rounds, ledger } = state;
  const tries = rounds.of(slot);
  const newest = tries.at(-1);
  const stored = ledger.at(slot);
  if (newest === undefined && stored === undefined) return undefined;
  return {
    slot,
    view: newest?.roles.epoch ?? stored?.proof.epoch ?? 0,
    state: slot <= ledger.height ? "stored" : stateOf(newest),
    values: valuesAt(state, slot),
    votes: tries.flatMap((round) => votesIn(state, round)),
    // The primary is sent replies, not votes.
    voters: newest?.roles.primary === state.id ? [] : (newest?.roles.consensus ?? []),
  };
}

function stateOf(round: Round | undefined): string {
  if (round?.reply !== undefined) return "replied";
  if (round?.commit !== undefined) return "prepared";
  if (round?.prepare !== undefined) return "voted";
  return round?.proposed === undefined ? "announced" : "proposed";
}

function valuesAt({ rounds, ledger, tools }: CcroState, slot: number): LogEntry["values"] {
  const blocks = new Map<string, Block>();
  for (const { proposed } of rounds.of(slot)) {
    if (proposed !== undefined) blocks.set(proposed.digest, proposed.block);
  }
  const stored = ledger.at(slot);
  if (stored !== undefined) blocks.set(stored.proof.digest, stored.block);
  return [...blocks].map(([digest, { requests }]) => ({
    digest,
    requests: requests.map(({ message }) => requestDigest(message, tools.digest)),
  }));
}

/** Prepares as the log holds them, its own included; replies as far as they were sent to this node. */
function votesIn({ id }: CcroState, round: Round): readonly LoggedVote[] {
  const { roles, prepare, prepares, commit, reply, replies, lead } = round;
  const view = roles.epoch;
  const prepared = new Map((commit?.votes ?? []).map(({ node, digest }) => [node, digest]));
  for (const [node, { message }] of prepares.entries()) prepared.set(node, message.digest);
  if (prepare !== undefined) prepared.set(id, prepare.digest);
  const replied = new Map(reply === undefined ? [] : [[id, reply.digest]]);
  for (const [node, { message }] of replies.entries()) {
    // Other results are another value, whatever block they are said to be of.
    const isSame = message.results === lead?.results;
    replied.set(node, isSame ? message.digest : message.results);
  }
  return [
    ...[...prepared].map(([voter, digest]) => ({ phase: "prepare", voter, view, digest })),
    ...[...replied].map(([voter, digest]) => ({ phase: "reply", voter, view, digest })),
  ];
}
