import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import type { LieTools } from "../core/fault.ts";
import type { Request, Signed } from "../core/messages.ts";
import { hash128 } from "../sim/hash.ts";
import { blockDigest } from "./blocks.ts";
import { lies } from "./lies.ts";
import type { CcroMessage, Prepared, Proof } from "./messages.ts";
import { isCcroMessage } from "./shapes.ts";
import { signedText } from "./texts.ts";

const requestOf = (client: string): Signed<Request> => ({
  from: client,
  message: { kind: "request", operation: '"A"', timestamp: 1, client },
  signature: "5c",
});

const tools: LieTools<CcroMessage> = {
  self: "r5",
  digest: hash128,
  seal: (message) => ({ from: "r5", message, signature: hash128(`r5 ${signedText(message)}`) }),
  requests: [requestOf("c1")],
};

const block = { height: 1, parent: "0", requests: [requestOf("c0")] };
const digest = blockDigest(block, hash128);
const votes = [{ node: "r3", digest, isYes: true, signature: "53" }];
const proof: Proof = {
  epoch: 0,
  height: 1,
  digest,
  results: "c3",
  replies: [{ node: "r3", signature: "54" }],
};
const prepared: Prepared = { epoch: 0, height: 2, digest: "b4", votes };
const assignment = {
  from: "m0",
  message: { kind: "assignment", epoch: 1, primary: "r1", communication: "r2", consensus: ["r0"] },
  signature: "50",
} as const;
const report = {
  kind: "report",
  epoch: 1,
  roles: "d4",
  node: "r5",
  height: 1,
  proof,
  prepared,
} as const;
const opening = { assignment, reports: [{ from: "r0", message: report, signature: "51" }] };
const formal = { kind: "formal-block", block, proof } as const;
const evidence = { proof, summary: { count: 1, root: "e5" }, path: [] };

const messages = {
  request: requestOf("c0").message,
  proposal: { kind: "preparatory-block", epoch: 0, digest, block },
  firstProposal: { kind: "preparatory-block", epoch: 1, digest, block, opening },
  emptyProposal: { kind: "preparatory-block", epoch: 0, digest, block: { ...block, requests: [] } },
  prePrepare: { kind: "pre-prepare", epoch: 0, height: 1, digest },
  prepare: { kind: "prepare", epoch: 0, height: 1, digest, isYes: true, node: "r5" },
  commit: { kind: "commit", epoch: 0, height: 1, digest, votes },
  reply: { kind: "reply", epoch: 0, height: 1, digest, results: "c3", node: "r5" },
  formal,
  answer: {
    kind: "answer",
    epoch: 0,
    height: 1,
    node: "r5",
    client: "c0",
    timestamp: 1,
    result: '"A"',
    evidence,
  },
  heartbeat: { kind: "heartbeat", epoch: 0, height: 1, node: "r5" },
  participation: {
    kind: "participation",
    epoch: 0,
    height: 1,
    node: "r5",
    answers: [
      { node: "r3", isForBlock: true, responseUs: 100 },
      { node: "r4", isForBlock: true, responseUs: 900 },
      { node: "r2", isForBlock: false, responseUs: 300 },
    ],
  },
  emptyParticipation: { kind: "participation", epoch: 0, height: 1, node: "r5", answers: [] },
  heightCheck: { kind: "height-check", height: 1, holder: "r3" },
  suspicion: { kind: "suspicion", epoch: 0, height: 1, awaited: "reply", node: "r5" },
  assignment: assignment.message,
  report,
  emptyReport: { kind: "report", epoch: 1, roles: "d4", node: "r5", height: 0 },
  synchronize: { kind: "synchronize", epoch: 0, height: 1 },
  excerpt: { kind: "excerpt", height: 1, blocks: [formal] },
} as const satisfies Record<string, CcroMessage>;

const stories = {
  corrupt: [
    "proposal",
    "firstProposal",
    "prePrepare",
    "prepare",
    "commit",
    "reply",
    "formal",
    "answer",
    "report",
    "excerpt",
    "heartbeat",
    "participation",
    "heightCheck",
    "assignment",
  ],
  equivocate: [
    "proposal",
    "firstProposal",
    "emptyProposal",
    "prePrepare",
    "prepare",
    "commit",
    "reply",
    "formal",
    "answer",
    "assignment",
    "report",
  ],
  forge: ["firstProposal", "commit", "formal", "answer", "report", "emptyReport", "assignment"],
  misreport: ["participation"],
} as const;

for (const [how, told] of Object.entries(stories)) {
  describe(how, () => {
    const lie = lies[how as keyof typeof stories] ?? (() => undefined);
    for (const [name, message] of Object.entries(messages)) {
      const isTold = (told as readonly string[]).includes(name);
      test(`${isTold ? "has a story about" : "leaves alone"}: ${name}`, () => {
        const story = lie(message, tools);
        equal(story !== undefined, isTold);
        if (story === undefined) return;
        equal(story.kind, message.kind);
        notEqual(signedText(story), signedText(message));
        equal(isCcroMessage(JSON.parse(JSON.stringify(story))), undefined);
        // Equal messages become equal lies, or a liar contradicts itself.
        deepEqual(lie(structuredClone(message), tools), story);
      });
    }
  });
}

describe("a lie", () => {
  test("about roles deals the same roles to others, or two of them to one node", () => {
    const { message } = assignment;
    deepEqual(lies.corrupt(message, tools), {
      ...message,
      ...{ primary: "r0", communication: "r2", consensus: ["r1"] },
    });
    deepEqual(lies.forge(message, tools), { ...message, communication: "r1" });
  });

  test("about a block names the digest of what it shows", () => {
    for (const how of ["corrupt", "equivocate"] as const) {
      const story = lies[how](messages.proposal, tools);
      if (story?.kind !== "preparatory-block") throw new Error("no story");
      equal(story.digest, blockDigest(story.block, hash128));
      notEqual(story.digest, digest);
    }
  });

  test("that equivocates about a block holds what clients did sign", () => {
    const story = lies.equivocate(messages.proposal, tools);
    if (story?.kind !== "preparatory-block") throw new Error("no story");
    deepEqual(story.block.requests, [requestOf("c1")]);
    const without = lies.equivocate(messages.proposal, { ...tools, requests: [requestOf("c0")] });
    deepEqual(without?.kind === "preparatory-block" && without.block.requests, []);
  });

  test("that corrupts a block holds what no client signed", () => {
    const story = lies.corrupt(messages.proposal, tools);
    if (story?.kind !== "preparatory-block") throw new Error("no story");
    deepEqual(
      story.block.requests.map(({ message }) => message.operation),
      ['"Corrupt"'],
    );
  });

  test("about the past reports none", () => {
    const story = lies.corrupt(report, tools);
    deepEqual(story, { ...report, height: 0, proof: undefined, prepared: undefined });
  });

  test("about response times turns them round, the sum of first and last stays", () => {
    const story = lies.misreport?.(messages.participation, tools);
    const answers = story?.kind === "participation" ? story.answers : [];
    deepEqual(
      answers.map(({ node, isForBlock, responseUs }) => [node, isForBlock, responseUs]),
      [
        ["r3", true, 900],
        ["r4", true, 100],
        ["r2", false, 700],
      ],
    );
  });

  test("about who voted says that nobody did", () => {
    const story = lies.corrupt(messages.participation, tools);
    const answers = story?.kind === "participation" ? story.answers : [];
    equal(answers.length, 3);
    equal(
      answers.some(({ isForBlock }) => isForBlock),
      false,
    );
  });

  test("that asks for new roles is under its own name", () => {
    deepEqual(lies.spam(7, tools), {
      kind: "suspicion",
      epoch: 7,
      height: 0,
      awaited: "commit",
      node: "r5",
    });
  });
});
