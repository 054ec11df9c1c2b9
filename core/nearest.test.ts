import { equal } from "node:assert/strict";
import { test } from "vitest";
import { anyOf, didYouMean, nearest } from "./nearest.ts";

const known = [
  "pbft",
  "ccro",
  "ccro-safe",
  "paxos",
  "--protocol",
  "--place",
  "malicious",
  "equivocating",
];

const words = [
  ["a swap", "pfbt", "pbft"],
  ["a missing letter", "cro", "ccro"],
  ["another case", "PBFT", "pbft"],
  ["a missing hyphen", "ccrosafe", "ccro-safe"],
  ["a flag", "--protocl", "--protocol"],
  ["two wrong letters", "maliciuos", "malicious"],
  ["another ending", "equivocation", "equivocating"],
  ["no word at all", "", undefined],
  ["nothing like it", "raft", undefined],
  ["a word too short to guess from", "x", undefined],
] as const;

for (const [why, word, expected] of words) {
  test(`${why}: ${word} is taken for ${expected ?? "nothing"}`, () => {
    equal(nearest(word, known), expected);
  });
}

test("a guess is a question, no guess is no words", () => {
  equal(didYouMean("pfbt", known), ": did you mean pbft?");
  equal(didYouMean("raft", known), "");
});

test("the last of several words is joined by or", () => {
  equal(anyOf(["http", "memory", "simulated"]), "http, memory or simulated");
  equal(anyOf(["http"]), "http");
});
