import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { UsageError } from "../core/assert.ts";
import type { Network } from "./network.ts";
import { createNetwork, parseNetwork, parsePlaceMatrix } from "./network-notation.ts";
import { createRandom } from "./random.ts";

const none = { loss: 0, duplication: 0 };
const between = (lowMs: number, highMs: number) => ({ kind: "between", lowMs, highMs });

const read = [
  ["lan", { delay: between(0.1, 0.5), ...none }],
  ["delay=20ms", { delay: between(20, 20), ...none }],
  ["delay=0ms", { delay: between(0, 0), ...none }],
  ["delay=10ms-30ms", { delay: between(10, 30), ...none }],
  ["delay=0.5ms-1s", { delay: between(0.5, 1000), ...none }],
  ["delay=20ms~5ms", { delay: { kind: "around", meanMs: 20, deviationMs: 5 }, ...none }],
  ["loss=1%", { delay: between(0.1, 0.5), loss: 0.01, duplication: 0 }],
  ["delay=20ms,loss=1%", { delay: between(20, 20), loss: 0.01, duplication: 0 }],
  ["duplicate=0.5%,loss=100%", { delay: between(0.1, 0.5), loss: 1, duplication: 0.005 }],
  ["wan:data/rtt.csv", { delay: { kind: "matrix", file: "data/rtt.csv" }, ...none }],
  [
    "wan:rtt.csv,loss=2%",
    { delay: { kind: "matrix", file: "rtt.csv" }, loss: 0.02, duplication: 0 },
  ],
] as const;

const refused = [
  ["", /"" is unknown/],
  ["LAN", /"LAN" is unknown/],
  ["lan,loss=1%", /"lan" is unknown/],
  ["wan:", /"wan:" is unknown/],
  ["wan:a.csv,delay=1ms", /wan has its own delays/],
  ["delay", /"delay" is unknown/],
  ["delay=", /"delay=" is unknown/],
  ["delay=20", /"20" is no time from 0ms to 60s/],
  ["delay=-5ms", /"" is no time/],
  ["delay=61s", /"61s" is no time/],
  ["delay=1ms-2ms-3ms", /"1ms-2ms-3ms" is no delay/],
  ["delay=30ms-10ms", /"30ms-10ms" ends before it begins/],
  ["delay=1ms~2ms~3ms", /is no delay/],
  ["loss=1", /"1" is no share from 0% to 100%/],
  ["loss=101%", /"101%" is no share/],
  ["loss=-1%", /"-1%" is no share/],
  ["loss=1%,loss=2%", /loss is there twice/],
  ["speed=9", /"speed=9" is unknown/],
  ["delay=20ms,", /"" is unknown/],
] as const;

describe("a network", () => {
  for (const [text, plan] of read) {
    test(`${text} is read`, () => {
      deepEqual(parseNetwork(text), plan);
    });
  }

  for (const [text, problem] of refused) {
    test(`${JSON.stringify(text)} is refused with what is allowed`, () => {
      throws(
        () => parseNetwork(text),
        (error) => {
          ok(error instanceof UsageError);
          ok(problem.test(error.message), error.message);
          ok(/^--network .*; allowed are lan, wan:FILE, /.test(error.message));
          return true;
        },
      );
    });
  }
});

const delaysOf = (network: Network, from = "r0", to = "r1", count = 2000) => {
  const random = createRandom(1);
  const passage = { from, to, kind: "prepare", view: 0, now: 0, random };
  return Array.from({ length: count }, () => network(passage));
};

describe("the model of a network", () => {
  test("lan takes a tenth to half a millisecond", () => {
    const delays = delaysOf(createNetwork(parseNetwork("lan"))).flat();
    ok(delays.every((delay) => delay >= 0.1 && delay <= 0.5));
    equal(delays.length, 2000);
  });

  test("loses and doubles its share", () => {
    const passages = delaysOf(createNetwork(parseNetwork("delay=3ms,loss=20%,duplicate=10%")));
    const count = (copies: number) => passages.filter(({ length }) => length === copies).length;
    ok(Math.abs(count(0) - 400) < 60 && Math.abs(count(2) - 160) < 50, `${count(0)} ${count(2)}`);
    ok(passages.flat().every((delay) => delay === 3));
  });

  test("normal delays are never negative", () => {
    const delays = delaysOf(createNetwork(parseNetwork("delay=1ms~5ms"))).flat();
    ok(delays.every((delay) => delay >= 0));
  });

  test("a matrix puts nodes and clients into its places in turn", () => {
    const rows = [
      ["from", "a", "b"],
      ["a", "2", "100"],
      ["b", "80", "4"],
    ];
    const network = createNetwork(parseNetwork("wan:x.csv"), parsePlaceMatrix("x.csv", rows));
    const near = (from: string, to: string, ms: number) => {
      for (const delay of delaysOf(network, from, to, 50).flat()) {
        ok(delay >= ms && delay <= ms * 1.05, `${from} ${to} ${delay}`);
      }
    };
    near("r0", "r2", 1);
    near("r0", "r1", 50);
    near("r3", "r12", 40);
    near("c1", "r1", 2);
    near("c0", "r11", 50);
  });
});

const good = [
  ["from", "a", "b"],
  ["a", "1", "2"],
  ["b", "3.5", "4"],
];

const matrices = [
  ["without a header", [], /the first line must be from,PLACE/],
  ["without a row", good.slice(0, 2), /2 columns of places and 1 rows/],
  ["with its rows in another order", [good[0], good[2], good[1]], /row 2 must be that of a/],
  ["with a short row", [good[0], good[1], ["b", "3"]], /row 3 has 1 times/],
  ["with words", [good[0], good[1], ["b", "3", "x"]], /"x" in row 3 must be milliseconds/],
  ["with a hole", [good[0], good[1], ["b", "3", ""]], /"" in row 3 must be milliseconds/],
  ["with a negative time", [good[0], good[1], ["b", "3", "-1"]], /"-1" in row 3/],
] as const;

describe("a matrix of round-trip times", () => {
  test("is read, empty lines left out", () => {
    deepEqual(parsePlaceMatrix("x.csv", [...good, [""]]), {
      places: ["a", "b"],
      roundTripMs: [
        [1, 2],
        [3.5, 4],
      ],
    });
  });

  for (const [claim, rows, problem] of matrices) {
    test(`${claim} is refused, and the file is named`, () => {
      const given = rows.flatMap((row) => (row === undefined ? [] : [row]));
      throws(
        () => parsePlaceMatrix("x.csv", given),
        (error) => {
          ok(error instanceof UsageError);
          ok(error.message.startsWith("x.csv is no matrix"));
          ok(problem.test(error.message), error.message);
          return true;
        },
      );
    });
  }
});
