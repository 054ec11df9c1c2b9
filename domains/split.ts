/** Which node is in which domain, what it is called there, and which domain serves a client. */

import { UsageError } from "../core/assert.ts";
import { type NodeId, replicaIds } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Member, Protocol } from "../core/protocol.ts";

/** The same nodes in another order: where the seed comes in. */
export type Shuffle = (nodes: readonly NodeId[]) => readonly NodeId[];

export interface Domain {
  /** i: it orders the heights i + 1, i + 1 + K, … */
  readonly index: number;
  /** How many of its nodes count. */
  readonly n: number;
  readonly f: number;
  /** Under their names among all, in the order of the names they have inside. */
  readonly members: readonly Member[];
  readonly replicas: readonly NodeId[];
  /** The name inside of a node that is called so outside, and the other way round. */
  readonly inside: ReadonlyMap<NodeId, NodeId>;
  readonly outside: ReadonlyMap<NodeId, NodeId>;
}

export interface Split {
  readonly domains: readonly Domain[];
  readonly domainOf: ReadonlyMap<NodeId, Domain>;
}

type Inner<M extends Message> = Pick<
  Protocol<M>,
  "name" | "members" | "nodesFor" | "faultsTolerated"
>;

/** Sizes that differ by one at most; the first domains are the larger ones. */
export const sizesOf = (n: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => Math.floor((n + count - 1 - index) / count));

/** r0 is in the first domain, everybody else wherever the shuffle puts it. */
export function split<M extends Message>(
  inner: Inner<M>,
  n: number,
  count: number,
  shuffle: Shuffle,
): Split {
  const objection = objectionToSplit(inner, n, count);
  if (objection !== undefined) throw new UsageError(objection);
  const [first = "r0", ...others] = replicaIds(n);
  const dealt = [first, ...shuffle(others)];
  let taken = 0;
  const domains = sizesOf(n, count).map((size, index) => {
    const nodes = dealt.slice(taken, taken + size).sort(byNumber);
    taken += size;
    return createDomain(inner, index, nodes);
  });
  const domainOf = new Map(
    domains.flatMap((domain) => domain.members.map(({ id }) => [id, domain] as const)),
  );
  return { domains, domainOf };
}

/** Why so many nodes do not make so many domains, in a sentence. */
export function objectionToSplit<M extends Message>(
  { name, nodesFor }: Inner<M>,
  n: number,
  count: number,
): string | undefined {
  const fewest = nodesFor(0);
  const most = Math.floor(n / fewest);
  if (count <= most) return undefined;
  return `domains must be at most ${most} for ${name} with n = ${n}, not ${count}: a domain needs at least ${fewest} node${fewest === 1 ? "" : "s"}`;
}

function createDomain<M extends Message>(
  inner: Inner<M>,
  index: number,
  nodes: readonly NodeId[],
): Domain {
  const local = inner.members(nodes.length);
  const replicas = local.filter(({ isReplica }) => isReplica);
  const helpers = local.filter(({ isReplica }) => !isReplica);
  const outside = new Map<NodeId, NodeId>();
  for (const [place, { id }] of replicas.entries()) outside.set(id, nodes[place] ?? id);
  // Each domain has helpers of its own, such as a monitor: m0 in the first, m1 in the second.
  for (const [place, { id }] of helpers.entries()) {
    outside.set(id, `${id.replace(/\d+$/, "")}${index * helpers.length + place}`);
  }
  return {
    index,
    n: nodes.length,
    f: inner.faultsTolerated(nodes.length),
    members: local.map((member) => ({ ...member, id: outside.get(member.id) ?? member.id })),
    replicas: nodes,
    outside,
    inside: new Map([...outside].map(([name, id]) => [id, name])),
  };
}

/** Clients are dealt out by the number in their names. */
export function domainServing({ domains }: Split, client: NodeId): Domain {
  const number = Number(/\d+$/.exec(client)?.[0] ?? 0);
  const domain = domains[number % domains.length] ?? domains[0];
  if (domain === undefined) throw new UsageError("domains must be at least 1");
  return domain;
}

const numberOf = (id: NodeId): number => Number(id.slice(1));
const byNumber = (a: NodeId, b: NodeId): number => numberOf(a) - numberOf(b);
