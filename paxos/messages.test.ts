import { deepEqual, equal, match } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Message, Request, Signed } from "../core/messages.ts";
import { ballotOf, ballotText, isBallotOf, majorityOf, nextBallot, ownerOf } from "./ballots.ts";
import { paxos } from "./index.ts";
import type { PaxosMessage } from "./messages.ts";
import type { SingleDecreeMessage } from "./single-decree/messages.ts";
import { check as checkSingle, signedText as singleText } from "./single-decree/messages.ts";

const request = { kind: "request", operation: '"a|b"', timestamp: 1, client: "c0" } as const;
const signed: Signed<Request> = { from: "c0", message: request, signature: "s" };
const proposal = { slot: 1, ballot: 1001, digest: "ab", requests: [signed] } as const;
const reply = {
  kind: "reply",
  view: 0,
  sequence: 1,
  timestamp: 1,
  client: "c0",
  replica: "r0",
  result: "1",
} as const;

/** One of each kind. */
const examples: readonly PaxosMessage[] = [
  request,
  { kind: "accept", ...proposal },
  { kind: "accepted", ballot: 1001, slot: 1, digest: "ab" },
  { kind: "chosen", ballot: 1001, slot: 1, digest: "ab" },
  reply,
  { kind: "prepare", ballot: 1001 },
  { kind: "promise", ballot: 1001, executed: 2, accepted: [proposal] },
  { kind: "nack", ballot: 1001 },
  { kind: "fetch", slot: 3 },
  { kind: "values", ballot: 1001, executed: 2, values: [proposal] },
  { kind: "snapshot", ballot: 1001, slot: 2, snapshot: "text" },
];

const roles = { proposers: ["r0"], acceptors: ["r1"], learners: ["r2"] } as const;
const vote = { ballot: 1001, decree: signed } as const;

const singleExamples: readonly SingleDecreeMessage[] = [
  request,
  { kind: "prepare", ballot: 1001 },
  { kind: "promise", ballot: 1001, accepted: vote },
  { kind: "accept", ...vote },
  { kind: "accepted", ...vote },
  reply,
  { kind: "election", term: 1, candidate: "r1" },
  { kind: "elected", term: 1, leader: "r1", alive: ["r1", "r2"] },
  { kind: "heard", of: "roles", term: 1, about: "r1" },
  { kind: "roles", term: 1, leader: "r2", version: 1, ...roles },
  { kind: "join" },
  { kind: "start", proposers: ["r0"], learners: ["r2"] },
  { kind: "nack", ballot: 1001 },
  { kind: "query" },
];

interface Language {
  readonly name: string;
  readonly examples: readonly Message[];
  check(value: unknown): string | undefined;
  textOf(message: Message): string;
}

const languages: readonly Language[] = [
  {
    name: "Multi-Paxos",
    examples,
    check: paxos.check,
    textOf: (message) => paxos.signedText(message as PaxosMessage),
  },
  {
    name: "single decree",
    examples: singleExamples,
    check: checkSingle,
    textOf: (message) => singleText(message as SingleDecreeMessage),
  },
];

/** The same message with one value in it changed, for each value that is not covered by a digest. */
function* changed(value: unknown, path: string): Generator<readonly [string, unknown]> {
  if (typeof value === "number") yield [path, value + 1];
  else if (typeof value === "string") yield [path, `${value}0`];
  else if (Array.isArray(value)) {
    yield [path, [...value, ...value]];
    for (const [index, item] of value.entries()) {
      for (const [where, other] of changed(item, `${path}[${index}]`)) {
        yield [where, value.with(index, other)];
      }
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      for (const [where, other] of changed(item, `${path}.${key}`)) {
        yield [where, { ...value, [key]: other }];
      }
    }
  }
}

for (const { name, examples: known, check, textOf } of languages) {
  describe(name, () => {
    for (const message of known) {
      test(`a ${message.kind} passes its check, also after a journey as JSON`, () => {
        equal(check(JSON.parse(JSON.stringify(message))), undefined);
      });

      test(`a ${message.kind} with a field too many, too few or of another type does not`, () => {
        match(check({ ...message, more: 1 }) ?? "", /is not a field of it/);
        for (const field of Object.keys(message)) {
          if (field === "kind") continue;
          const { [field]: _left, ...rest } = { ...message } as Record<string, unknown>;
          if (field !== "accepted" || name === "Multi-Paxos") match(check(rest) ?? "", /must be/);
          match(check({ ...message, [field]: null }) ?? "", /must be/);
        }
      });

      test(`the signature of a ${message.kind} covers every field`, () => {
        for (const [path, other] of changed(message, "")) {
          // The kind is another message; the digest stands for the requests, and is compared with them.
          if (path === ".kind" || path.includes(".requests")) continue;
          // A decree is a request whole: its kind is always the same.
          if (path.endsWith(".message.kind")) continue;
          equal(textOf(other as Message) === textOf(message), false, path);
        }
      });
    }

    test("no two kinds share a signed text, and each is listed", () => {
      equal(new Set(known.map(textOf)).size, known.length);
    });
  });
}

test("every kind is listed once, in the order of a round", () => {
  deepEqual(
    paxos.kinds,
    examples.map(({ kind }) => kind),
  );
});

describe("ballots", () => {
  test("are owned by one replica each, and compared by counter first", () => {
    deepEqual([ballotOf(2, 1), ownerOf(ballotOf(2, 1))], [2001, "r1"]);
    equal(ballotText(2001), "(2, r1)");
    equal(ballotOf(2, 0) > ballotOf(1, 999), true);
    deepEqual([isBallotOf(3, 2002), isBallotOf(3, 2003)], [true, false]);
  });

  for (const [index, above, next] of [
    [0, 0, 1000],
    [1, 0, 1],
    [1, 1, 1001],
    [1, 2000, 2001],
    [2, 2002, 3002],
    [0, 2002, 3000],
  ] as const) {
    test(`r${index}'s next ballot above ${ballotText(above)} is ${ballotText(next)}`, () => {
      equal(nextBallot(index, above), next);
    });
  }

  test("a majority is more than half", () => {
    deepEqual([1, 2, 3, 4, 5, 6, 7].map(majorityOf), [1, 2, 2, 3, 3, 4, 4]);
    deepEqual(
      [1, 2, 3, 4, 5, 6, 7].map((n) => paxos.faultsTolerated(n)),
      [0, 0, 1, 1, 2, 2, 3],
    );
    deepEqual(
      [0, 1, 2, 3].map((f) => paxos.nodesFor(f)),
      [1, 3, 5, 7],
    );
  });
});
