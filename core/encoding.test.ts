import { equal, match, notEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { canonical, deepestNesting, encodeCanonical, type Json } from "./encoding.ts";

/** Values as a program may hand them in: no −0 is lost, no `__proto__` key gets a meaning. */
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json);
const keyed = fc.dictionary(
  fc.oneof(
    fc.constantFrom("__proto__", "constructor", "toString", "", "a", "1", "10"),
    fc.string(),
  ),
  json,
  { noNullPrototype: true },
);

/** What JSON says about equality: order of keys aside, everything counts, the sign of zero, too. */
function isSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b);
  }
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.getOwnPropertyNames(a);
  if (names.length !== Object.getOwnPropertyNames(b).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(b, name) &&
      isSame(
        Object.getOwnPropertyDescriptor(a, name)?.value,
        Object.getOwnPropertyDescriptor(b, name)?.value,
      ),
  );
}

const isGood = (value: unknown) => encodeCanonical(value).problem === undefined;

describe("canonical text", () => {
  test("is JSON that says the same value again", () => {
    fc.assert(
      fc.property(fc.oneof(json, keyed), (value) => {
        fc.pre(isGood(value));
        ok(isSame(JSON.parse(canonical(value as Json)), value));
      }),
      { numRuns: 1000 },
    );
  });

  test("is shared by two values only if they are the same", () => {
    fc.assert(
      fc.property(fc.oneof(json, keyed), fc.oneof(json, keyed), (a, b) => {
        fc.pre(isGood(a) && isGood(b));
        equal(canonical(a as Json) === canonical(b as Json), isSame(a, b));
      }),
      { numRuns: 2000 },
    );
  });

  test("changes with every small change inside of a value", () => {
    const changed = fc.tuple(fc.array(json, { minLength: 1 }), fc.nat(), json);
    fc.assert(
      fc.property(changed, ([list, place, other]) => {
        const index = place % list.length;
        const before = { list };
        const after = { list: list.with(index, other) };
        fc.pre(isGood(before) && isGood(after) && !isSame(list[index], other));
        notEqual(canonical(before), canonical(after));
      }),
    );
  });

  test("does not depend on the order in which keys were set", () => {
    fc.assert(
      fc.property(keyed, fc.integer(), (value, turn) => {
        fc.pre(isGood(value));
        const entries = Object.entries(value);
        const cut = entries.length === 0 ? 0 : Math.abs(turn) % entries.length;
        const turned = Object.fromEntries([...entries.slice(cut), ...entries.slice(0, cut)]);
        equal(canonical(turned), canonical(value));
      }),
    );
  });

  test("has no two texts: encoding what was parsed gives the text again", () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(isGood(value));
        const text = canonical(value);
        equal(canonical(JSON.parse(text) as Json), text);
      }),
    );
  });

  const texts: readonly (readonly [string, Json, string])[] = [
    [
      "keys are sorted by code unit",
      { b: 1, a: 2, B: 3, "10": 4, "9": 5 },
      '{"10":4,"9":5,"B":3,"a":2,"b":1}',
    ],
    ["keys are sorted inside, too", [{ b: { d: 1, c: 2 } }], '[{"b":{"c":2,"d":1}}]'],
    ["−0 keeps its sign", [-0, 0], "[-0,0]"],
    [
      "numbers are as short as they can be",
      [1.0, 0.1, 1e-7, 123456789.5],
      "[1,0.1,1e-7,123456789.5]",
    ],
    [
      "the greatest whole numbers stay exact",
      [2 ** 53 - 1, -(2 ** 53) + 1],
      "[9007199254740991,-9007199254740991]",
    ],
    ["text is escaped as JSON does", 'a"\\\n\u0000\u2028é😀', '"a\\"\\\\\\n\\u0000\u2028é😀"'],
    ["empty things", [{}, [], "", null, true, false], '[{},[],"",null,true,false]'],
  ];
  for (const [claim, value, text] of texts) {
    test(claim, () => {
      equal(canonical(value), text);
    });
  }

  test("an own __proto__ key is a key like any other, at every depth", () => {
    const parsed = JSON.parse('{"__proto__":{"a":1},"b":{"__proto__":2}}') as Json;
    equal(canonical(parsed), '{"__proto__":{"a":1},"b":{"__proto__":2}}');
    notEqual(canonical(parsed), canonical({ b: {} }));
  });

  test("an object without a prototype is as good as one with", () => {
    const bare = Object.assign(Object.create(null) as Record<string, Json>, { a: 1 });
    equal(canonical(bare), '{"a":1}');
  });
});

const cyclic: Json[] = [];
cyclic.push(cyclic);
class Account {
  readonly balance = 1;
}

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  ["undefined", undefined, /undefined/],
  ["undefined in a list", [undefined], /undefined/],
  ["undefined in an object", { a: undefined }, /undefined/],
  ["a hole in a list", new Array(2), /undefined/],
  ["a function", () => 1, /function/],
  ["an object with its own toJSON", { toJSON: () => 1 }, /function/],
  ["a symbol", Symbol("a"), /symbol/],
  ["a big integer", 10n, /bigint/],
  ["NaN", Number.NaN, /not finite/],
  ["infinity", [Number.POSITIVE_INFINITY], /not finite/],
  ["2^53", 2 ** 53, /beyond 2\^53/],
  ["−2^53", -(2 ** 53), /beyond 2\^53/],
  ["1e300", 1e300, /beyond 2\^53/],
  ["a lone high surrogate", "\ud800", /lone surrogate/],
  ["a lone low surrogate", ["a\udc00b"], /lone surrogate/],
  ["surrogates in the wrong order", "\udc00\ud800", /lone surrogate/],
  ["a key with a lone surrogate", { "\ud800": 1 }, /key with a lone surrogate/],
  ["a date", new Date(0), /not plain/],
  ["a map", new Map([["a", 1]]), /not plain/],
  ["a set", new Set([1]), /not plain/],
  ["bytes", new Uint8Array(2), /not plain/],
  ["an instance of a class", { a: new Account() }, /not plain/],
  ["a boxed string", new String("a"), /not plain/],
  ["something with an inherited field", Object.create({ a: 1 }), /not plain/],
  ["a list in itself", cyclic, /deeper than 64/],
];

describe("no text has", () => {
  for (const [what, value, problem] of refused) {
    test(what, () => {
      match(encodeCanonical(value).problem ?? "", problem);
      throws(() => canonical(value as Json), /no canonical text/);
    });
  }

  const nested = (depth: number): Json => {
    let value: Json = 0;
    for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  };

  test("what is nested too deep, and nothing less deep", () => {
    equal(encodeCanonical(nested(deepestNesting)).problem, undefined);
    match(encodeCanonical(nested(deepestNesting + 1)).problem ?? "", /deeper than 64/);
  });

  test("what is nested so deep that walking it would end the process", () => {
    match(encodeCanonical(nested(100_000)).problem ?? "", /deeper than 64/);
    const parsed: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));
    match(encodeCanonical(parsed).problem ?? "", /deeper than 64/);
  });
});

describe("what only text can say must be refused where text is parsed, since here it is gone", () => {
  for (const [what, text, other] of [
    ["duplicate keys", '{"a":1,"a":2}', '{"a":2}'],
    ["digits beyond a double", "0.1000000000000000000001", "0.1"],
    ["tiny numbers", "1e-400", "0"],
  ] as const) {
    test(what, () => {
      equal(canonical(JSON.parse(text) as Json), canonical(JSON.parse(other) as Json));
    });
  }

  test("while big integers are refused here, too: they would lose digits", () => {
    ok(!isGood(JSON.parse("9007199254740993")));
  });
});
