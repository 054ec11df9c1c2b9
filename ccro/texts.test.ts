import { equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { ccroSafe } from "./index.ts";
import type { CcroMessage, Prepared, Proof } from "./messages.ts";
import { isCcroMessage } from "./shapes.ts";
import { signedText } from "./texts.ts";

const request = {
  from: "c0",
  message: { kind: "request", operation: '"A|B"', timestamp: 1, client: "c0" },
  signature: "sc",
} as const;
const block = { height: 2, parent: "a1", requests: [request] } as const;
const assignment = {
  from: "m0",
  message: {
    kind: "assignment",
    epoch: 3,
    primary: "r1",
    communication: "r2",
    consensus: ["r0", "r3"],
  },
  signature: "sm",
} as const;
const votes = [{ node: "r3", digest: "b2", isYes: true, signature: "s3" }] as const;
const proof: Proof = {
  epoch: 3,
  height: 2,
  digest: "b2",
  results: "c3",
  replies: [{ node: "r3", signature: "s4" }],
  assignment,
};
const prepared: Prepared = { epoch: 3, height: 3, digest: "b4", votes, assignment };
const report = {
  from: "r0",
  message: { kind: "report", epoch: 3, roles: "d4", node: "r0", height: 2, proof, prepared },
  signature: "s0",
} as const;
const summary = { count: 1, root: "e5", state: "f6" };
const formal = { kind: "formal-block", block, proof } as const;

const messages: readonly CcroMessage[] = [
  request.message,
  {
    kind: "preparatory-block",
    epoch: 3,
    digest: "b2",
    block,
    opening: { assignment, reports: [report] },
  },
  { kind: "pre-prepare", epoch: 3, height: 2, digest: "b2" },
  { kind: "prepare", epoch: 3, height: 2, digest: "b2", isYes: true, node: "r3" },
  { kind: "commit", epoch: 3, height: 2, digest: "b2", votes },
  { kind: "reply", epoch: 3, height: 2, digest: "b2", results: "c3", node: "r3" },
  formal,
  {
    kind: "answer",
    epoch: 3,
    height: 2,
    node: "r1",
    client: "c0",
    timestamp: 1,
    result: '"A"',
    assignment,
    evidence: { proof, summary, path: [{ isLeft: true, digest: "ab" }] },
  },
  { kind: "heartbeat", epoch: 3, height: 2, node: "r3" },
  {
    kind: "participation",
    epoch: 3,
    height: 2,
    node: "r2",
    answers: [{ node: "r3", isForBlock: true, responseUs: 1500 }],
  },
  { kind: "height-check", height: 2, holder: "r3" },
  { kind: "suspicion", epoch: 3, height: 2, awaited: "commit", node: "r3" },
  assignment.message,
  report.message,
  { kind: "synchronize", epoch: 3, height: 2, digest: "b2" },
  {
    kind: "excerpt",
    height: 2,
    blocks: [formal],
    checkpoint: { formal, summary, snapshot: "[1|2]" },
    wanted: { digest: "b2", block },
  },
];

/** The value with one of its parts changed, each part in turn, with the way to it. */
function* variants(value: unknown, path = ""): Generator<readonly [string, unknown]> {
  if (typeof value === "string") yield [path, value === "commit" ? "reply" : `${value}0`];
  if (typeof value === "number") yield [path, value + 1];
  if (typeof value === "boolean") yield [path, !value];
  if (Array.isArray(value)) {
    yield [`${path}[]`, value.slice(1)];
    for (const [index, item] of value.entries()) {
      for (const [way, changed] of variants(item, `${path}[${index}]`)) {
        yield [way, value.with(index, changed)];
      }
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, field] of Object.entries(value)) {
      if (name === "kind") continue;
      for (const [way, changed] of variants(field, `${path}.${name}`)) {
        yield [way, { ...value, [name]: changed }];
      }
    }
  }
}

/** A block stands in a signed text by its digest, which its receiver compares first. */
const isByDigest = (way: string): boolean =>
  /block\.(?:height|parent)$/.test(way) || /requests\[\d+\]\.message\./.test(way);

describe("messages", () => {
  test("of every kind are among the samples", () => {
    equal(messages.length, ccroSafe.kinds.length);
    equal(
      ccroSafe.kinds.every((kind) => messages.some((message) => message.kind === kind)),
      true,
    );
  });

  for (const message of messages) {
    test(`${message.kind}: the signature covers every field`, () => {
      for (const [way, changed] of variants(message)) {
        if (isByDigest(way)) continue;
        notEqual(signedText(changed as CcroMessage), signedText(message), way);
      }
    });

    test(`${message.kind}: comes back from JSON, and nothing may be missing or added`, () => {
      const copy = JSON.parse(JSON.stringify(message)) as object;
      equal(isCcroMessage(copy), undefined);
      equal(signedText(copy as CcroMessage), signedText(message));
      equal(isCcroMessage({ ...copy, more: 1 }), ".more is not a field of it");
      const optional = [
        "opening",
        "assignment",
        "evidence",
        "proof",
        "prepared",
        "checkpoint",
        "wanted",
      ];
      for (const [name] of Object.entries(copy)) {
        const isOptional =
          optional.includes(name) || (message.kind === "synchronize" && name === "digest");
        const isNeeded = isCcroMessage({ ...copy, [name]: undefined }) !== undefined;
        equal(isNeeded, !isOptional || (message.kind === "formal-block" && name === "proof"), name);
        notEqual(isCcroMessage({ ...copy, [name]: null }), undefined, name);
      }
    });
  }

  test("of different kinds never share a text", () => {
    equal(new Set(messages.map(signedText)).size, messages.length);
  });

  test("an absent field and a present one never share a text", () => {
    for (const message of messages) {
      for (const name of Object.keys(message)) {
        const shorter = { ...message, [name]: undefined };
        if (isCcroMessage(shorter) !== undefined) continue;
        notEqual(
          signedText(shorter as CcroMessage),
          signedText(message),
          `${message.kind}.${name}`,
        );
      }
    }
  });
});
