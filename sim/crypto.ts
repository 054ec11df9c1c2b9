/**
 * Signatures for simulated runs. Nobody can forge them because nobody is handed another node's
 * signer; what they say is checked like a real one.
 */

import type { Crypto } from "../core/crypto.ts";
import type { Digest, NodeId } from "../core/ids.ts";
import { hash128 } from "./hash.ts";

export function simulatedCrypto(
  self: NodeId,
  everybody: ReadonlySet<NodeId>,
  digest: (text: string) => Digest = hash128,
): Crypto {
  const signatureOf = (node: NodeId, text: string) => `${node}:${digest(text)}`;
  return {
    digest,
    sign: (text) => signatureOf(self, text),
    verify: (from, text, signature) => everybody.has(from) && signature === signatureOf(from, text),
    knows: (node) => everybody.has(node),
  };
}

/** For runs that go without signatures: what is not spoiled passes. */
export function noSignatures(everybody: ReadonlySet<NodeId>): Crypto {
  return {
    digest: hash128,
    sign: () => "",
    verify: (from, _text, signature) => signature === "" && everybody.has(from),
    knows: (node) => everybody.has(node),
  };
}

// A few rounds of a large cluster.
const mostTexts = 4096;

/** The same hash, looked up: every receiver of a message checks the same text. Forgets what is old. */
export function rememberedHash(): (text: string) => Digest {
  let known = new Map<string, Digest>();
  return (text) => {
    const remembered = known.get(text);
    if (remembered !== undefined) return remembered;
    const digest = hash128(text);
    if (known.size >= mostTexts) known = new Map();
    known.set(text, digest);
    return digest;
  };
}
