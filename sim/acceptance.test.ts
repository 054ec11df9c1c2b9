import { throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { protocols } from "../bench/protocols.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { faultsOf } from "../faults/chain.ts";
import { createEcho } from "../services/echo.ts";
import { sequencer } from "../test-support/sequencer.ts";
import { type AcceptanceOptions, acceptanceOf, type CaseGroup } from "./acceptance.ts";

const createFaults: AcceptanceOptions["createFaults"] = <M extends Message>(mode: string) =>
  faultsOf<M>([{ mode, args: [], nodes: ["liar"], fromMs: 0, untilMs: Infinity }], "liar");

type Refusals = Readonly<Partial<Record<CaseGroup, string>>>;

const lies: Refusals = {
  malicious: "made for nodes that stop, not for nodes that lie",
  equivocating: "made for nodes that stop, not for nodes that lie",
};

const noDecision = "decides nothing: kept for its message counts only";

const refusals: ReadonlyMap<string, Refusals> = new Map([
  ["sequencer", { ...lies, offline: "r0 must live" }],
  ["paxos", lies],
  [
    "flood",
    {
      ...lies,
      quiet: noDecision,
      "rough network": noDecision,
      load: noDecision,
      crash: noDecision,
      offline: noDecision,
    },
  ],
  ["ccro", { malicious: "published rules fork", equivocating: "published rules fork" }],
  ["ccro-certified", { malicious: "f + 1 replies fork", equivocating: "f + 1 replies fork" }],
]);

for (const protocol of [sequencer as unknown as Protocol, ...protocols]) {
  describe(protocol.name, () => {
    const options = { createEcho, createFaults, refusals: refusals.get(protocol.name) };
    for (const { group, name, refusal, verify } of acceptanceOf(protocol, options)) {
      const why = refusal === undefined ? "" : ` (refused: ${refusal})`;
      test(`${group}: ${name}${why}`, () => {
        if (refusal === undefined) verify();
      });
    }
  });
}

describe("the suite finds what it is there to find", () => {
  const flaws: readonly (readonly [string, CaseGroup, Partial<typeof sequencer>, RegExp])[] = [
    [
      "another number of messages than promised",
      "quiet",
      { expectedMessages: (n) => ({ request: 1, order: n, reply: n }) },
      /messages are .*"order",3.*, not .*"request",3/,
    ],
    [
      "votes under another name",
      "quiet",
      { votingPhase: "vote" },
      /0 of 1 saw votes, not half of them/,
    ],
    [
      "a kind that is not named",
      "wire",
      { kinds: ["request", "order", "fetch"] },
      /reply is not among the kinds/,
    ],
    [
      "a signature that covers too little",
      "wire",
      { signedText: ({ kind }) => kind },
      /the signature of request does not cover operation/,
    ],
    [
      "a check that refuses what is sent",
      "wire",
      { check: () => ".slot must be even" },
      /request.slot must be even/,
    ],
    ["a client that never asks", "load", { createClient: neverAsks }, /safety is ok, not vacuous/],
    ["draws from outside", "determinism", { createMember: withLuck }, /trace are /],
  ];

  function neverAsks() {
    const status = () => ({ role: "client", view: 0, slot: 0 });
    return { step: () => [], status, log: () => [] };
  }

  let luck = 0;
  function withLuck(setup: Parameters<typeof sequencer.createMember>[0]) {
    const member = sequencer.createMember(setup);
    luck += 1;
    const mark = { kind: "mark", mark: { name: `luck ${luck}`, view: 0 } } as const;
    return {
      step: (input: Parameters<typeof member.step>[0], now: number) => [
        ...member.step(input, now),
        mark,
      ],
      status: () => member.status(),
      log: (from: number, to: number) => member.log(from, to),
    };
  }

  for (const [flaw, group, change, complaint] of flaws) {
    test(flaw, () => {
      const cases = acceptanceOf({ ...sequencer, ...change }, { createEcho, createFaults });
      const concerned = cases.filter((each) => each.group === group);
      throws(() => {
        for (const { verify } of concerned) verify();
      }, complaint);
    });
  }
});
