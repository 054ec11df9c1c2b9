/**
 * How unlikely a bad split is: faulty nodes that fell into the domains by lot, and some domain that got
 * more of them than it tolerates. Exact, by counting: a multivariate hypergeometric distribution.
 */

export interface DomainSize {
  readonly n: number;
  readonly f: number;
}

/** The chance that a random split puts more than f of `faulty` nodes into some domain. */
export function chanceOfBadSplit(domains: readonly DomainSize[], faulty: number): number {
  const nodes = domains.reduce((sum, { n }) => sum + n, 0);
  if (faulty > nodes) return 1;
  // ways[k]: in how many ways k faulty nodes fit into the domains so far, none of them overfull.
  let ways = [1];
  for (const { n, f } of domains) ways = withDomain(ways, n, Math.min(f, n), faulty);
  return 1 - (ways[faulty] ?? 0) / choose(nodes, faulty);
}

function withDomain(ways: readonly number[], n: number, most: number, faulty: number): number[] {
  const next: number[] = Array.from({ length: faulty + 1 }, () => 0);
  for (const [before, count] of ways.entries()) {
    for (let here = 0; here <= most && before + here <= faulty; here += 1) {
      next[before + here] = (next[before + here] ?? 0) + count * choose(n, here);
    }
  }
  return next;
}

/** The chance that one domain of `size` out of `nodes` gets more than f of the faulty ones. */
export function hypergeometricTail(
  {
    nodes,
    faulty,
    size,
  }: {
    readonly nodes: number;
    readonly faulty: number;
    readonly size: number;
  },
  f: number,
): number {
  let tail = 0;
  for (let here = f + 1; here <= Math.min(faulty, size); here += 1) {
    tail += choose(faulty, here) * choose(nodes - faulty, size - here);
  }
  return tail / choose(nodes, size);
}

/** How many sets of k there are among n. */
function choose(n: number, k: number): number {
  if (k < 0 || k > n) return 0;
  let ways = 1;
  for (let index = 1; index <= k; index += 1) ways = (ways * (n - k + index)) / index;
  return ways;
}
