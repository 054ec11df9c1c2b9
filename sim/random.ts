/** Seeded randomness from pure-rand: one stream for each concern, so that none shifts another. */

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { Random } from "../core/random.ts";
import { hash32 } from "./hash.ts";

/** Equal seeds, equal draws, on any machine. */
export function createRandom(seed: number | string): Random {
  const generator = xoroshiro128plus(typeof seed === "number" ? seed | 0 : hash32(seed));
  const integer = (low: number, high: number) => uniformInt(generator, low, high);
  const fraction = () => uniformFloat64(generator);
  return {
    integer,
    fraction,
    chance: (probability) => probability >= 1 || (probability > 0 && fraction() < probability),
    sample(items, count) {
      const left = [...items];
      const drawn: typeof left = [];
      while (drawn.length < count && left.length > 0) {
        drawn.push(...left.splice(integer(0, left.length - 1), 1));
      }
      return drawn;
    },
    fork: (name) => createRandom(`${seed}/${name}`),
  };
}
