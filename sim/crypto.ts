/**
 * Signatures for simulated runs. Nobody can forge them because nobody is handed another node's
 * signer; what they say is checked like a real one.
 */

import type { Crypto } from "../core/crypto.ts";
import type { NodeId } from "../core/ids.ts";
import { hash128 } from "./hash.ts";

export function simulatedCrypto(self: NodeId, everybody: ReadonlySet<NodeId>): Crypto {
  const signatureOf = (node: NodeId, text: string) => `${node}:${hash128(text)}`;
  return {
    digest: hash128,
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
