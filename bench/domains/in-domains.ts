/** Protocols in domains as the bench names them: protocol, number of domains, seed of the split. */

import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Protocol } from "../../core/protocol.ts";
import { objectionToSplit, type Shuffle, split, withDomains } from "../../domains/index.ts";
import { createRandom } from "../../sim/random.ts";

/** `pbft/3/7`: pbft in three domains, split by seed 7. */
const domainName = /^(?<inner>[^/]+)\/(?<domains>[1-9]\d{0,2})\/(?<seed>-?\d{1,16})$/;

/** The parts of such a name; undefined where it is another one. */
export function readDomainName(name: string) {
  const { inner, domains, seed } = domainName.exec(name)?.groups ?? {};
  if (inner === undefined) return undefined;
  return { inner, domains: Number(domains), seed: Number(seed) };
}

/** The protocol in so many domains; the seed says who is in which. With one it is itself. */
export function inDomains(inner: Protocol, domains: number, seed: number): Protocol {
  if (domains === 1) return inner;
  if (inner.finality === undefined) throw new UsageError(noDomains(inner.name, domains));
  return withDomains(inner, {
    name: `${inner.name}/${domains}/${seed}`,
    domains,
    shuffle: shuffleBy(seed),
  });
}

const shuffleBy =
  (seed: number): Shuffle =>
  (nodes) =>
    createRandom(seed).fork("domains").sample(nodes, nodes.length);

/** Its domains, each with its members and the faults that it stands. */
export const domainsIn = (inner: Protocol, n: number, domains: number, seed: number) =>
  split(inner, n, domains, shuffleBy(seed)).domains;

/** In which domain, from 0, each member of such a protocol is. */
export function domainsOfMembers(
  inner: Protocol,
  n: number,
  domains: number,
  seed: number,
): ReadonlyMap<NodeId, number> {
  const { domainOf } = split(inner, n, domains, shuffleBy(seed));
  return new Map([...domainOf].map(([id, { index }]) => [id, index]));
}

/** Why this protocol with n nodes has no such domains, in a sentence. */
export function objectionToDomains(
  protocol: Protocol,
  n: number,
  domains: number,
): string | undefined {
  if (domains === 1) return undefined;
  if (protocol.finality === undefined) return noDomains(protocol.name, domains);
  return objectionToSplit(protocol, n, domains);
}

const noDomains = (name: string, domains: number): string =>
  `domains must be 1 for ${name}, not ${domains}: only pbft and ccro can show other domains what they decided`;
