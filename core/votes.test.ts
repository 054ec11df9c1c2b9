import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { countFor, Votes } from "./votes.ts";

describe("votes", () => {
  test("count once for each voter, and the first word stands", () => {
    const votes = new Votes<string>();
    deepEqual(
      [votes.add("r0", "yes"), votes.add("r0", "no"), votes.add("r0", "yes")],
      [true, false, false],
    );
    deepEqual([votes.size, votes.of("r0"), votes.of("r1")], [1, "yes", undefined]);
    equal(
      votes.count((vote) => vote === "no"),
      0,
    );
  });

  test("a first word may be anything, even undefined", () => {
    const votes = new Votes<string | undefined>();
    deepEqual([votes.add("r0", undefined), votes.add("r0", "later")], [true, false]);
  });

  test("are told in the order of arrival", () => {
    const votes = new Votes<number>();
    for (const [voter, vote] of [
      ["r2", 5],
      ["r0", 6],
      ["r1", 5],
    ] as const)
      votes.add(voter, vote);
    deepEqual(
      votes.where((vote) => vote === 5),
      [5, 5],
    );
    deepEqual(
      [...votes.entries()].map(([voter]) => voter),
      ["r2", "r0", "r1"],
    );
  });

  test("names of voters that mean something to JavaScript are names", () => {
    const votes = new Votes<number>();
    deepEqual(
      [votes.add("__proto__", 1), votes.add("constructor", 2), votes.size],
      [true, true, 2],
    );
  });

  test("for a digest are those that name it", () => {
    const votes = new Votes<{ readonly digest: string }>();
    for (const [voter, digest] of [
      ["r0", "a"],
      ["r1", "b"],
      ["r2", "a"],
      ["r0", "b"],
    ] as const) {
      votes.add(voter, { digest });
    }
    deepEqual(
      ["a", "b", "c"].map((digest) => countFor(votes, digest)),
      [2, 1, 0],
    );
  });
});
