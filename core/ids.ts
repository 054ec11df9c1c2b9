/** The names and units that every room uses. */

/** Who takes part: `r0` … are replicas, `c0` … clients, `m0` a monitoring node. */
export type NodeId = string;

/** A hash of something, as lower-case hex. */
export type Digest = string;

/** Milliseconds, of whichever clock the host hands in. Only differences mean anything. */
export type Millis = number;

/** An operation as canonical JSON text (see `encoding.ts`): opaque to every protocol. */
export type Operation = string;

/** What executing an operation answered, as canonical JSON text. */
export type Result = string;

/** r0 … r(n−1), in the order in which the primary rotates. */
export const replicaIds = (n: number): readonly NodeId[] =>
  Array.from({ length: n }, (_, index) => `r${index}`);

/** c0 … c(count−1). */
export const clientIds = (count: number): readonly NodeId[] =>
  Array.from({ length: count }, (_, index) => `c${index}`);
