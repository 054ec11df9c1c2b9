import { deepEqual, equal, match } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import {
  type Check,
  isBoolean,
  isDigest,
  isExactly,
  isId,
  isListOf,
  isMessageOf,
  isOneOf,
  isOptional,
  isReply,
  isRequest,
  isShape,
  isSignature,
  isSigned,
  isText,
  isWholeNumber,
} from "./decode.ts";

/** What a field may be wrongly, whatever it should be. */
const wrongs: readonly unknown[] = [null, [], {}, "1", 1.5, -1, true, undefined];

const rows: readonly (readonly [string, Check, readonly unknown[], readonly unknown[]])[] = [
  [
    "a whole number",
    isWholeNumber,
    [0, 1, 2 ** 53 - 1],
    [...wrongs, -0, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, 1n],
  ],
  ["true or false", isBoolean, [true, false], wrongs.filter((value) => value !== true)],
  [
    "text",
    isText,
    ["", "a", "😀", "\u0000", "1"],
    [...wrongs.filter((value) => value !== "1"), "\ud800", "a\udc00", new String("a")],
  ],
  [
    "an id",
    isId,
    ["r0", "c12", "m0", "r1.d2", "a-b", "a".repeat(32)],
    [...wrongs, "", "R0", "0r", "r 0", "r0\n", "r|0", "__proto__", "a".repeat(33), "ré"],
  ],
  [
    "a digest",
    isDigest,
    ["0", "deadbeef", "a".repeat(128), "1"],
    [...wrongs.filter((value) => value !== "1"), "", "DEAD", "xyz", "a".repeat(129), "a|b", "ab\n"],
  ],
  [
    "a signature",
    isSignature,
    ["", "abc+/=", "r0:ab", "a".repeat(512)],
    [...wrongs.filter((value) => value !== "1"), "a".repeat(513), "a|b"],
  ],
  ["exactly one word", isExactly("prepare"), ["prepare"], [...wrongs, "", "prepare ", "Prepare"]],
  ["one of some words", isOneOf("yes", "no"), ["yes", "no"], [...wrongs, "", "maybe", "toString"]],
  ["absent or a number", isOptional(isWholeNumber), [undefined, 0], [null, "1", -1, [], {}, true]],
  [
    "a list of numbers",
    isListOf(isWholeNumber, 3),
    [[], [1], [1, 2, 3]],
    [null, {}, "1", 1.5, -1, true, [1, "2"], [1, 2, 3, 4], new Array(1), { length: 0 }],
  ],
];

for (const [what, check, good, bad] of rows) {
  describe(what, () => {
    for (const value of good) {
      test(`${tell(value)} is one`, () => {
        equal(check(value), undefined);
      });
    }
    for (const value of bad) {
      test(`${tell(value)} is none, and the answer says what must be`, () => {
        match(check(value) ?? "", /must be /);
      });
    }
  });
}

interface Vote {
  readonly kind: "vote";
  readonly slot: number;
  readonly remark?: string;
}

const isVote = isShape<Vote>({
  kind: isExactly("vote"),
  slot: isWholeNumber,
  remark: isOptional(isText),
});

const shapes: readonly (readonly [string, unknown, string | undefined])[] = [
  ["all of its fields", { kind: "vote", slot: 1, remark: "a" }, undefined],
  ["no optional field", { kind: "vote", slot: 1 }, undefined],
  ["a field missing", { kind: "vote" }, ".slot must be a whole number from 0 to 2^53 − 1"],
  [
    "a field of a wrong type",
    { kind: "vote", slot: "1" },
    ".slot must be a whole number from 0 to 2^53 − 1",
  ],
  [
    "an optional field of a wrong type",
    { kind: "vote", slot: 1, remark: 5 },
    ".remark must be a string of well-formed Unicode",
  ],
  ["a field too many", { kind: "vote", slot: 1, more: 1 }, ".more is not a field of it"],
  [
    "an own __proto__ key",
    JSON.parse('{"kind":"vote","slot":1,"__proto__":{"a":1}}'),
    ".__proto__ is not a field of it",
  ],
  [
    "an own constructor key",
    { kind: "vote", slot: 1, constructor: 1 },
    ".constructor is not a field of it",
  ],
  ["inherited fields", Object.create({ kind: "vote", slot: 1 }), '.kind must be "vote"'],
  [
    "a long wrong name",
    { kind: "vote", slot: 1, ["x".repeat(100)]: 1 },
    `.${"x".repeat(40)} is not a field of it`,
  ],
  ["null instead", null, "must be an object"],
  ["a list instead", [], "must be an object"],
  ["text instead", "vote", "must be an object"],
  ["nothing instead", undefined, "must be an object"],
];

describe("a shape", () => {
  for (const [what, value, expected] of shapes) {
    test(`${what} ${expected === undefined ? "is right" : "is wrong"}`, () => {
      equal(isVote(value), expected);
    });
  }

  test("of an item is told with its place in the list", () => {
    equal(
      isListOf(isVote)([
        { kind: "vote", slot: 1 },
        { kind: "vote", slot: -1 },
      ]),
      "[1] .slot must be a whole number from 0 to 2^53 − 1",
    );
  });
});

describe("a message of some kinds", () => {
  const check = isMessageOf({ vote: isVote, request: isRequest });
  const kinds = ".kind must be one of vote, request";

  test("of a known kind has the shape of that kind", () => {
    equal(check({ kind: "vote", slot: 1 }), undefined);
    equal(
      check({ kind: "request", slot: 1 }),
      ".operation must be a string of well-formed Unicode",
    );
  });

  for (const value of [
    {},
    { kind: "toString" },
    { kind: "__proto__" },
    { kind: "constructor" },
    { kind: 1 },
    { kind: ["vote"] },
    Object.create({ kind: "vote", slot: 1 }),
    [],
  ]) {
    test(`${tell(value)} is of none`, () => {
      equal(check(value), kinds);
    });
  }

  for (const value of [null, undefined, "vote", 1, true]) {
    test(`${tell(value)} is no message`, () => {
      equal(check(value), "must be an object");
    });
  }
});

const request = { kind: "request", operation: "1", timestamp: 1, client: "c0" };
const reply = {
  kind: "reply",
  view: 0,
  sequence: 1,
  timestamp: 1,
  client: "c0",
  replica: "r0",
  result: "1",
};
const sealed = { from: "c0", message: request, signature: "s" };

/** Which of the common wrong values a field takes all the same. */
const taken: Readonly<Record<string, readonly unknown[]>> = {
  operation: ["1"],
  result: ["1"],
  signature: ["1"],
};

for (const [name, check, good] of [
  ["request", isRequest, request],
  ["reply", isReply, reply],
  ["signed request", isSigned(isRequest), sealed],
] as const) {
  describe(`a ${name}`, () => {
    test("is taken as it must be", () => {
      equal(check(good), undefined);
    });

    for (const field of Object.keys(good)) {
      for (const value of wrongs) {
        if (taken[field]?.includes(value) === true) continue;
        test(`with ${tell(value)} as ${field} is refused, and the answer names it`, () => {
          match(check({ ...good, [field]: value }) ?? "", new RegExp(`^\\.${field} `));
        });
      }

      test(`without ${field} is refused`, () => {
        const { [field]: _left, ...rest } = good as Record<string, unknown>;
        match(check(rest) ?? "", new RegExp(`^\\.${field} `));
      });
    }
  });
}

test("no value at all makes a check throw", () => {
  const checks = [isRequest, isReply, isSigned(isRequest), isMessageOf({ vote: isVote })];
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withSparseArray: true }), (value) => {
      for (const check of checks) equal(typeof check(value), "string");
    }),
  );
});

test("a list of a million is refused without looking at its items", () => {
  let looked = 0;
  const counting: Check = () => {
    looked += 1;
    return undefined;
  };
  equal(isListOf(counting)(new Array(1_000_000).fill(0)), "must be a list of at most 100000");
  equal(looked, 0);
  deepEqual([isListOf(counting, 2)([1, 2]), looked], [undefined, 2]);
});

function tell(value: unknown): string {
  if (typeof value === "bigint" || Object.is(value, -0))
    return `${String(value)} (${typeof value})`;
  const text = typeof value === "string" ? JSON.stringify(value) : JSON.stringify(value);
  return (text ?? String(value)).slice(0, 40);
}
