/**
 * Hashing and signing with node:crypto. A lab's keys follow from its seed, so that every process of
 * a cluster knows everybody's key without asking; nobody should guard real money with them.
 */

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  hash,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import type { Crypto } from "../core/crypto.ts";
import type { NodeId } from "../core/ids.ts";

export type Auth = "ed25519" | "none";

export interface KeyringOptions {
  readonly auth: Auth;
  readonly seed: number | string;
  /** Whether somebody of this name takes part: only they have keys. */
  knows(id: NodeId): boolean;
}

/** The keys of a whole cluster. */
export interface Keyring {
  /** One participant's signer and everybody's verifier. */
  cryptoOf(self: NodeId): Crypto;
}

export const digestOf = (text: string): string => hash("sha256", text, "hex");

export function createKeyring(options: KeyringOptions): Keyring {
  return options.auth === "none" ? withoutSignatures(options) : new Ed25519Keyring(options);
}

/** For measuring what signatures cost: everybody is believed to be who they say they are. */
const withoutSignatures = ({ knows }: KeyringOptions): Keyring => ({
  cryptoOf: () => ({
    digest: digestOf,
    sign: () => "",
    verify: (from, _text, signature) => signature === "" && knows(from),
    knows,
  }),
});

// What stands in front of the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 §7).
const pkcs8 = Buffer.from("302e020100300506032b657004220420", "hex");
// 64 bytes in base64. Longer or shorter is no signature, whatever node:crypto would make of it.
const signatureLength = 88;

class Ed25519Keyring implements Keyring {
  readonly #options: KeyringOptions;
  readonly #privateKeys = new Map<NodeId, KeyObject>();
  readonly #publicKeys = new Map<NodeId, KeyObject>();

  constructor(options: KeyringOptions) {
    this.#options = options;
  }

  cryptoOf(self: NodeId): Crypto {
    return {
      digest: digestOf,
      // A node has many clients that never say a word: who does not sign needs no key.
      sign: (text) => sign(null, Buffer.from(text), this.#privateKey(self)).toString("base64"),
      verify: (from, text, signature) => this.#isSignature(from, text, signature),
      knows: (id) => this.#options.knows(id),
    };
  }

  #isSignature(from: NodeId, text: string, signature: string): boolean {
    if (signature.length !== signatureLength) return false;
    const key = this.#publicKey(from);
    if (key === undefined) return false;
    const bytes = Buffer.from(signature, "base64");
    // Two texts for one signature would be two pieces of evidence for one statement.
    if (bytes.toString("base64") !== signature) return false;
    return verify(null, Buffer.from(text), key, bytes);
  }

  #publicKey(id: NodeId): KeyObject | undefined {
    const known = this.#publicKeys.get(id);
    if (known !== undefined || !this.#options.knows(id)) return known;
    const key = createPublicKey(this.#privateKey(id));
    this.#publicKeys.set(id, key);
    return key;
  }

  #privateKey(id: NodeId): KeyObject {
    const known = this.#privateKeys.get(id);
    if (known !== undefined) return known;
    const secret = createHash("sha256").update(`quorumlab|${this.#options.seed}|${id}`).digest();
    const der = Buffer.concat([pkcs8, secret]);
    const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
    this.#privateKeys.set(id, key);
    return key;
  }
}
