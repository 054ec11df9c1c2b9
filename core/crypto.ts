/** Hashing and signing as they are handed in: node:crypto on a server, another library in a browser. */

import type { Digest, NodeId } from "./ids.ts";

/** One participant's signer and everybody's verifier. */
export interface Crypto {
  digest(text: string): Digest;
  sign(text: string): string;
  /** False for a wrong signature and for a node whose key is not known. Never throws. */
  verify(from: NodeId, text: string, signature: string): boolean;
  /** Whether this node's key is known. */
  knows(node: NodeId): boolean;
}
