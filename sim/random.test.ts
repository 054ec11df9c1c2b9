import { deepEqual, equal, notDeepEqual, ok } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { rememberedHash } from "./crypto.ts";
import { hash32, hash128, RunningHash } from "./hash.ts";
import { createRandom } from "./random.ts";

const draw = (seed: number | string, count = 20) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.integer(0, 1_000_000));
};

describe("randomness", () => {
  test("equal seeds give equal draws, on every machine the same", () => {
    deepEqual(draw(7, 4), draw(7, 4));
    deepEqual(draw("7/network", 3), draw("7/network", 3));
    notDeepEqual(draw(7), draw(8));
    deepEqual(draw(1, 3), [481_499, 573_198, 899_947]);
  });

  test("drawing from a fork shifts nothing else", () => {
    const one = createRandom(3);
    const other = createRandom(3);
    const fork = one.fork("faults");
    for (let count = 0; count < 10; count += 1) fork.integer(0, 9);
    equal(one.integer(0, 1e6), other.integer(0, 1e6));
    deepEqual(
      Array.from({ length: 5 }, () => one.fork("faults").integer(0, 1e6)),
      Array.from({ length: 5 }, () => other.fork("faults").integer(0, 1e6)),
    );
    notDeepEqual(draw("3/faults"), draw("3/network"));
  });

  test("whole numbers stay within their bounds, both of which occur", () => {
    const random = createRandom(5);
    const drawn = new Set(Array.from({ length: 200 }, () => random.integer(-1, 2)));
    deepEqual(
      [...drawn].sort((a, b) => a - b),
      [-1, 0, 1, 2],
    );
  });

  test("fractions lie in [0, 1)", () => {
    const random = createRandom(5);
    const drawn = Array.from({ length: 1000 }, () => random.fraction());
    ok(drawn.every((fraction) => fraction >= 0 && fraction < 1));
  });

  test("certain chances draw nothing", () => {
    const random = createRandom(5);
    deepEqual(
      [random.chance(1), random.chance(0), random.chance(2), random.chance(-1)],
      [true, false, true, false],
    );
    equal(random.integer(0, 1e6), createRandom(5).integer(0, 1e6));
  });

  test("a sample has different items, never more than there are, and spares the list", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat()),
        fc.nat({ max: 20 }),
        fc.integer(),
        (items, count, seed) => {
          const before = [...items];
          const drawn = createRandom(seed).sample(items, count);
          equal(drawn.length, Math.min(count, items.length));
          equal(new Set(drawn).size, drawn.length);
          ok(drawn.every((item) => items.includes(item)));
          deepEqual(items, before);
        },
      ),
    );
  });

  test("each item is as likely as the others", () => {
    const random = createRandom(9);
    const counts = new Map<string, number>();
    for (let draws = 0; draws < 6000; draws += 1) {
      const [first = ""] = random.sample(["a", "b", "c"], 1);
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    for (const count of counts.values()) ok(Math.abs(count - 2000) < 200, `${count}`);
  });
});

describe("the fast hash", () => {
  test("is 32 hex digits, and always the same ones", () => {
    equal(hash128(""), "027ae52ecfc796215593990d4b41437c");
    equal(hash128("hello"), "64c6a4164041628a5d89097420db4a61");
    equal(hash32("hello"), 0x64c6a416);
  });

  test("taken piece by piece it is that of the whole", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (pieces) => {
        const hash = new RunningHash();
        for (const piece of pieces) hash.add(piece);
        equal(hash.digest(), hash128(pieces.join("")));
        equal(hash.digest(), hash.digest());
      }),
    );
  });

  test("looked up instead of taken it is the same, also of what was forgotten", () => {
    const remembered = rememberedHash();
    const texts = Array.from({ length: 10_000 }, (_, index) => `text ${index}`);
    for (const text of [...texts, ...texts]) equal(remembered(text), hash128(text));
  });

  test("a hundred thousand similar texts have different hashes, and different first halves", () => {
    const hashes = new Set<string>();
    for (let number = 0; number < 100_000; number += 1) {
      hashes.add(hash128(`prepare|0|${number}|d|r${number % 4}`).slice(0, 16));
    }
    equal(hashes.size, 100_000);
  });
});
