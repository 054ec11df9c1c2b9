/** How many is enough. Castro & Liskov §3 for n = 3f + 1, generalised to every n. */

/** f: how many of n replicas may lie, ⌊(n − 1)/3⌋. */
export const faultsTolerated = (n: number): number => Math.floor((n - 1) / 3);

/**
 * ⌈(n + f + 1)/2⌉: two such sets of n share f + 1 nodes, so at least one that does not lie.
 * This is 2f + 1 only when n = 3f + 1; at n = 6, f = 1 it is 4.
 */
export const quorumOf = (n: number, f: number): number => Math.ceil((n + f + 1) / 2);

/** f + 1: at least one of them does not lie. */
export const weakQuorumOf = (f: number): number => f + 1;
