import { deepEqual, equal, match } from "node:assert/strict";
import { describe, test } from "vitest";
import { parseStrictly } from "./strict-json.ts";

const good = [
  ["1", 1],
  ["-0", -0],
  ["1.50", 1.5],
  ["1e5", 100_000],
  ["9007199254740991", 9_007_199_254_740_991],
  ["0.1", 0.1],
  ['"\\ud83d\\ude00"', "😀"],
  ['{"a": {"b": 1}, "b": [{"b": 2}, {"b": 3}]}', { a: { b: 1 }, b: [{ b: 2 }, { b: 3 }] }],
  ['{"a": "{\\"a\\": 1, \\"a\\": 2}", "\\\\": "\\\\"}', { a: '{"a": 1, "a": 2}', "\\": "\\" }],
  ['["9007199254740993", ",", ":", "}"]', ["9007199254740993", ",", ":", "}"]],
] as const;

describe("what says one thing is understood", () => {
  for (const [text, value] of good) {
    test(text, () => deepEqual(parseStrictly(text), { value }));
  }

  test("a __proto__ key stays a key", () => {
    const { value } = parseStrictly('{"__proto__": 1}');
    equal(JSON.stringify(value), '{"__proto__":1}');
  });
});

const bad = [
  ["", /is not JSON/],
  ["{'a': 1}", /is not JSON/],
  ["\ufeff{}", /is not JSON/],
  ["9007199254740992", /9007199254740992 loses digits/],
  ["-9007199254740993", /loses digits/],
  ["[1, 2.00000000000000000001]", /loses digits/],
  ["1e400", /loses digits/],
  ["1e-400", /loses digits/],
  ['{"a": 1, "b": {"c": 1, "c": 1}}', /the key "c" stands twice/],
  ['[{"a": 1}, {"a": {"b": 1}, "a": 2}]', /the key "a" stands twice/],
  ['{"é": 1, "\\u00e9": 1}', /stands twice/],
  ['{"a": "\\udead"}', /a string with a lone surrogate/],
  ['{"\\udead": 1}', /a key with a lone surrogate/],
  [`${"[".repeat(65)}${"]".repeat(65)}`, /nested deeper than 64/],
  [`${'{"a":'.repeat(65)}1${"}".repeat(65)}`, /nested deeper than 64/],
  [`${"[".repeat(1_000_000)}${"]".repeat(1_000_000)}`, /nested deeper than 64/],
] as const;

describe("what could be understood in two ways is refused", () => {
  for (const [text, problem] of bad) {
    test(JSON.stringify(text.slice(0, 60)), () =>
      match(parseStrictly(text).problem ?? "", problem),
    );
  }
});

test("a long text is no problem", () => {
  const long = JSON.stringify("\n".repeat(1_000_000));
  equal(parseStrictly(long).problem, undefined);
  match(parseStrictly("1".repeat(1_000_000)).problem ?? "", /loses digits/);
});
