/** Domains around any protocol that can show outsiders what it decided. See README.md. */

import { assert } from "../core/assert.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { createDomainClient } from "./client.ts";
import { liesAround } from "./lies.ts";
import { DomainMember } from "./member.ts";
import { checkOf, type DomainMessage, ownKinds, signedTextOf } from "./messages.ts";
import { recordRulesAround } from "./records.ts";
import { type Shuffle, type Split, sizesOf, split } from "./split.ts";

export { chanceOfBadSplit, type DomainSize, hypergeometricTail } from "./odds.ts";
export { objectionToSplit, type Shuffle, sizesOf, split } from "./split.ts";

export interface DomainOptions {
  /** What it answers to. */
  readonly name: string;
  /** K, more than 1. */
  readonly domains: number;
  readonly shuffle: Shuffle;
}

/** The protocol in K domains that share one ledger. */
export function withDomains<M extends Message>(
  inner: Protocol<M>,
  { name, domains, shuffle }: DomainOptions,
): Protocol<DomainMessage<M>> {
  const { finality } = inner;
  assert(finality !== undefined, "only what can be shown to outsiders runs in domains");
  const splits = new Map<number, Split>();
  const splitOf = (n: number): Split => {
    const known = splits.get(n) ?? split(inner, n, domains, shuffle);
    splits.set(n, known);
    return known;
  };
  return {
    name,
    title: `${inner.title} in ${domains} domains`,
    // Wherever they fall, so the smallest domain counts.
    faultsTolerated: (n) => inner.faultsTolerated(Math.floor(n / domains)),
    nodesFor: (f) => domains * inner.nodesFor(f),
    members(n) {
      const everybody = splitOf(n).domains.flatMap(({ members }) => members);
      return everybody.toSorted((a, b) => placeOf(a.id) - placeOf(b.id));
    },
    createMember: (setup) => new DomainMember(inner, splitOf(setup.n), setup),
    createClient: (setup) => createDomainClient(splitOf(setup.n), setup),
    signedText: (message) => signedTextOf(inner, message),
    check: checkOf(inner),
    kinds: [...inner.kinds.filter((kind) => kind !== finality.answerKind), ...ownKinds],
    controlKinds: [...inner.controlKinds, "ledger-fetch"],
    votingPhase: inner.votingPhase,
    expectedMessages: (n) => expectedMessages(inner, finality.answerKind, sizesOf(n, domains)),
    lies: liesAround(inner),
    ...(inner.records === undefined ? {} : { records: recordRulesAround(inner.records) }),
  };
}

/** r0, r1 … by number, then whoever else there is. */
function placeOf(id: string): number {
  const number = Number(/\d+$/.exec(id)?.[0] ?? 0);
  return id.startsWith("r") ? number : 1_000_000 + number;
}

/**
 * One request of a client of the first domain, alone: its round there, an empty round in every other
 * domain, each block at every node of all other domains, and an outcome from each node of the first.
 */
function expectedMessages<M extends Message>(
  inner: Protocol<M>,
  answerKind: string,
  sizes: readonly number[],
): Readonly<Record<string, number>> {
  const nodes = sizes.reduce((sum, size) => sum + size, 0);
  const sum = new Map<string, number>();
  for (const size of sizes) {
    for (const [kind, count] of Object.entries(inner.expectedMessages(size))) {
      if (kind !== "request" && kind !== answerKind) sum.set(kind, (sum.get(kind) ?? 0) + count);
    }
  }
  return {
    request: 1,
    ...Object.fromEntries(sum),
    "ledger-block": nodes * (sizes.length - 1),
    outcome: sizes[0] ?? 0,
  };
}
