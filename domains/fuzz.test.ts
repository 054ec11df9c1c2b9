import { deepEqual, ok } from "node:assert/strict";
import { test } from "vitest";
import { expectations } from "../bench/fuzz/expectations.ts";
import { runSeed } from "../bench/fuzz/rough-run.ts";
import { protocolNamed } from "../bench/protocols.ts";

// Loss, partitions, crashes, lies; f anywhere. Long searches go by the same functions.
const seeds = Array.from({ length: 6 }, (_, index) => index + 1);

for (const [inner, name, sizes] of [
  ["pbft", "pbft/2/1", [8, 9, 14]],
  ["pbft", "pbft/3/1", [12]],
  ["ccro-safe", "ccro-safe/2/1", [12, 13, 18]],
  ["ccro-safe", "ccro-safe/3/1", [18]],
] as const) {
  test(`${name} stays safe on rough networks with liars, and goes on when they heal`, () => {
    const usual = expectations.get(inner);
    ok(usual !== undefined);
    // Which domain's view or roles to disturb unasked is not drawn here.
    const modes = usual.modes.filter((mode) => mode !== "spam-view-change");
    const protocol = protocolNamed(name);
    const runs = seeds.map((seed) => runSeed(protocol, { ...usual, sizes, modes }, seed));
    deepEqual(
      runs.flatMap(({ failure }) => failure?.complaint.concat(`, seed ${failure.seed}`) ?? []),
      [],
    );
    const marks = new Set(runs.flatMap((run) => [...run.marks]));
    ok(marks.has("asked everybody"), "some run was rough");
  });
}
