import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { UsageError } from "../core/assert.ts";
import { ccro, ccroCertified, ccroSafe, createProtocol } from "./index.ts";
import { faultsTolerated, members, nodesFor } from "./roles.ts";
import {
  certified,
  preparesNeeded,
  published,
  repliesNeeded,
  reportsNeeded,
  safe,
  safetyRules,
  without,
} from "./rules.ts";

// n, f, prepares, replies weak and quorum, reports quorum and all but f.
const sizes = [
  [3, 0, 1, 1, 1, 1, 3],
  [4, 0, 2, 1, 2, 2, 4],
  [5, 0, 2, 1, 2, 2, 5],
  [6, 1, 3, 2, 3, 3, 5],
  [7, 1, 4, 2, 4, 4, 6],
  [8, 1, 4, 2, 4, 4, 7],
  [9, 2, 5, 3, 5, 5, 7],
  [12, 3, 7, 4, 7, 7, 9],
  [18, 5, 11, 6, 11, 11, 13],
  [31, 9, 20, 10, 20, 20, 22],
] as const;

describe("how many is enough", () => {
  for (const [n, f, prepares, weak, quorum, few, most] of sizes) {
    test(`n = ${n}: f = ${f}, ${prepares} prepares`, () => {
      const counted = { n, f, voters: n - 2 };
      equal(faultsTolerated(n), f);
      equal(preparesNeeded(counted), prepares);
      deepEqual(
        [published, certified, safe].map((rules) => repliesNeeded(rules, counted)),
        [weak, weak, quorum],
      );
      deepEqual(
        [published, certified, safe].map((rules) => reportsNeeded(rules, counted)),
        [few, few, most],
      );
    });
  }

  for (const [n, f, , , quorum, , reports] of sizes) {
    test(`n = ${n}: honest nodes are enough for every quorum`, () => {
      equal(quorum <= n - 2 - f && reports <= n - f, true);
    });

    test(`n = ${n}: whatever was completed, an honest node among any n − f reported it`, () => {
      const honestRepliers = quorum - f;
      equal(honestRepliers + reports > n, true);
    });
  }

  for (const f of [0, 1, 2, 5, 30]) {
    test(`${nodesFor(f)} nodes are the fewest for f = ${f}`, () => {
      equal(faultsTolerated(nodesFor(f)), f);
      equal(f === 0 || faultsTolerated(nodesFor(f) - 1) < f, true);
    });
  }
});

describe("the three rule sets", () => {
  test("have their names, and differ as PROTOCOLS.md says", () => {
    deepEqual(
      [ccro, ccroCertified, ccroSafe].map(({ name, title }) => `${name}: ${title}`),
      ["ccro: CCRO", "ccro-certified: CCRO-certified", "ccro-safe: CCRO-safe"],
    );
    deepEqual(
      [published, certified, safe].map(({ commit, replies, formalBlock, handOver }) => [
        commit,
        replies,
        formalBlock,
        handOver.report,
        handOver.reports,
        handOver.areReportsAttached,
        handOver.mayReplyInOlderEpochs,
      ]),
      [
        ["log", "weak", "word", "height", "quorum", false, true],
        ["certificate", "weak", "word", "certificate", "quorum", false, false],
        ["certificate", "quorum", "proof", "certificate", "all but f", true, false],
      ],
    );
  });

  for (const rule of safetyRules) {
    test(`without ${rule} one thing is as published, the rest as it was`, () => {
      const flat = ({ replies, commit, formalBlock, handOver }: typeof safe) =>
        Object.entries({ replies, commit, formalBlock, ...handOver });
      const changed = flat(without(safe, rule));
      const differences = flat(safe).filter(([, value], index) => value !== changed[index]?.[1]);
      equal(differences.length, 1);
      equal(createProtocol(without(safe, rule)).name, `ccro-safe-without-${rule.toLowerCase()}`);
    });
  }
});

describe("the first roles", () => {
  // D17: trust starts equal for everybody, so no threshold can pick anybody: numbers do.
  test("go by number: r0 primary, r1 communication node, m0 monitor", () => {
    deepEqual(
      members(5).map(({ id, role, isReplica }) => `${id} ${role} ${isReplica}`),
      [
        "r0 primary true",
        "r1 communication true",
        "r2 consensus true",
        "r3 consensus true",
        "r4 consensus true",
        "m0 monitor false",
      ],
    );
  });

  for (const n of [2, 1, 0, -3, 3.5, Number.NaN]) {
    test(`n = ${n} is refused with what is allowed`, () => {
      throws(() => members(n), UsageError);
      throws(() => members(n), /at least 3/);
    });
  }
});
