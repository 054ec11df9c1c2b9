import { equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { createKeyring } from "./crypto.ts";

const knows = (id: string) => id === "r0" || id === "r1";
const keyring = createKeyring({ auth: "ed25519", seed: 7, knows });
const r0 = keyring.cryptoOf("r0");
const r1 = keyring.cryptoOf("r1");
const text = "prepare|0|1|ab|r0";
const signature = r0.sign(text);
const bytes = Buffer.from(signature, "base64");

describe("Ed25519", () => {
  test("what one signs, another verifies", () => {
    equal(r1.verify("r0", text, signature), true);
  });

  test("a keyring of the same seed has the same keys, one of another seed has not", () => {
    const same = createKeyring({ auth: "ed25519", seed: 7, knows });
    const other = createKeyring({ auth: "ed25519", seed: 8, knows });
    equal(same.cryptoOf("r1").verify("r0", text, signature), true);
    equal(other.cryptoOf("r1").verify("r0", text, signature), false);
  });

  const forged = [
    ["another text", "r0", `${text} `, signature],
    ["another name", "r1", text, signature],
    ["somebody unknown", "r2", text, signature],
    ["no signature", "r0", text, ""],
    ["a spoiled one", "r0", text, `x${signature}`],
    ["one that is cut", "r0", text, signature.slice(0, -1)],
    ["the same bytes, written differently", "r0", text, bytes.toString("base64url")],
    [
      "the same bytes with a line break",
      "r0",
      text,
      `${signature.slice(0, -3)}\n${signature.slice(-2)}`,
    ],
    ["one with spare bits set", "r0", text, `${signature.slice(0, -3)}${spareBits(signature)}==`],
  ] as const;
  for (const [what, from, said, by] of forged) {
    test(`${what} is refused`, () => equal(r1.verify(from, said, by), false));
  }

  test("only those who take part are known", () => {
    equal(r0.knows("r1"), true);
    equal(r0.knows("r2"), false);
  });
});

/** The last digit before the padding carries four bits that mean nothing. */
function spareBits(base64: string): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const last = digits.indexOf(base64.at(-3) ?? "");
  return digits[last + 1] ?? "";
}

describe("without signatures", () => {
  const { cryptoOf } = createKeyring({ auth: "none", seed: 7, knows });
  const crypto = cryptoOf("r0");

  test("everybody who takes part is believed", () => {
    equal(crypto.sign(text), "");
    equal(crypto.verify("r1", text, ""), true);
    equal(crypto.verify("r2", text, ""), false);
  });

  test("a spoiled seal is still seen", () => equal(crypto.verify("r1", text, "x"), false));
});

test("digests are SHA-256 in hex", () => {
  equal(r0.digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  notEqual(r0.digest("abd"), r0.digest("abc"));
});
