import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Delivery } from "../../core/machine.ts";
import { createAgreement } from "./agreement.ts";
import { FirstSeen, keptEvery, keptSlots } from "./first-seen.ts";
import { createStateDigests } from "./state-digests.ts";

const long = 100_000;
const nodes = ["r0", "r1", "r2"];

test("a long run keeps the newest slots, and of the rest every so many", () => {
  const seen = new FirstSeen<string>(nodes.length);
  let most = 0;
  for (let slot = 1; slot <= long; slot += 1) {
    for (const node of nodes) seen.note(node, slot, `${slot}`);
    most = Math.max(most, seen.size);
  }
  ok(most <= keptSlots + 2 * keptEvery + long / keptEvery, `${most} slots`);
  equal(seen.note("r0", long - keptSlots + 1, "again"), `${long - keptSlots + 1}`);
  equal(seen.note("r0", 10 * keptEvery, "again"), `${10 * keptEvery}`);
  equal(seen.note("r0", 5, "again"), undefined);
  equal(seen.note("r1", 5, "again"), undefined);
});

test("nothing is forgotten before the slowest node is past it", () => {
  const seen = new FirstSeen<string>(nodes.length);
  for (let slot = 1; slot <= 10 * keptSlots; slot += 1) {
    seen.note("r0", slot, "first");
    seen.note("r1", slot, "first");
  }
  equal(seen.size, 10 * keptSlots);
  for (let slot = 1; slot <= 10 * keptSlots; slot += 1) {
    equal(seen.note("r2", slot, "late"), "first");
  }
});

/** `from` on, the node decided something else: from there its past is another, too. */
const delivery = (slot: number, from = Number.POSITIVE_INFINITY): Delivery => ({
  slot,
  view: 0,
  digest: slot === from ? "bb" : "aa",
  history: slot >= from ? `other ${slot}` : `past ${slot}`,
  executed: [],
});

test("who executes forgotten slots again, and otherwise, is found out at the next that is kept", () => {
  const judges = [createAgreement(nodes.length), createStateDigests(nodes.length)];
  const hear = (node: string, heard: Delivery) =>
    judges.flatMap((judge) => judge.delivered?.(node, heard) ?? []);
  for (let slot = 1; slot <= 10 * keptSlots; slot += 1) {
    for (const node of nodes) deepEqual(hear(node, delivery(slot)), []);
  }
  const different = 3;
  const found = Array.from({ length: keptEvery }, (_, index) =>
    hear("r1", delivery(index + 1, different)),
  ).flat();
  deepEqual(
    found.map(({ judge, slot }) => [judge, slot]),
    [["state digests", keptEvery]],
  );
});
