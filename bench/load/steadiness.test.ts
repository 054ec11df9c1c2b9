import { equal } from "node:assert/strict";
import { test } from "vitest";
import { goodputOf } from "./goodput.ts";
import { Steadiness } from "./steadiness.ts";

/** When a warm-up with a request every 10 ms counts as settled; undefined if it never does. */
function steadyAt(latencyAt: (atMs: number) => number): number | undefined {
  const steadiness = new Steadiness();
  for (let atMs = 10; atMs <= 30_000; atMs += 10) {
    steadiness.settled(atMs, latencyAt(atMs));
    if (steadiness.isSteady) return atMs;
  }
  return undefined;
}

test("an even warm-up has settled after a second, not before", () => {
  equal(
    steadyAt(() => 5),
    1000,
  );
});

test("a warm-up that gets faster has settled when its last two fifths agree within 5 %", () => {
  const halving = (atMs: number) => 5 + 5 * 0.5 ** (atMs / 1000);
  const at = steadyAt(halving) ?? 0;
  const change = halving(0.7 * at) / halving(0.9 * at) - 1;
  equal(change <= 0.06 && at > 1000, true, `${change} at ${at}`);
});

const unsteady = [
  ["whose queue grows and grows", (atMs: number) => atMs / 10],
  ["in which nothing is answered", () => Number.POSITIVE_INFINITY],
] as const;

for (const [what, latencyAt] of unsteady) {
  test(`a warm-up ${what} never settles`, () => {
    equal(steadyAt(latencyAt), undefined);
  });
}

test("a handful of requests says nothing about steadiness", () => {
  const steadiness = new Steadiness();
  for (let atMs = 1000; atMs <= 30_000; atMs += 1000) steadiness.settled(atMs, 5);
  equal(steadiness.isSteady, false);
});

const schedule = { atMs: Array.from({ length: 100 }, (_, index) => 10 * index), windowMs: 1000 };
const accepted = (latencyOf: (index: number) => number) =>
  schedule.atMs.map((intendedMs, index) => ({ intendedMs, latencyMs: latencyOf(index) }));

test("who answers everything in the same time accepts what is offered", () => {
  for (const latencyMs of [1, 100, 400]) {
    const { offeredPerS, acceptedPerS } = goodputOf(
      schedule,
      accepted(() => latencyMs),
    );
    equal(offeredPerS, 100);
    equal(Math.abs(acceptedPerS - 100) < 2, true, String(acceptedPerS));
  }
});

test("who answers every 20 ms accepts half of what is offered every 10 ms", () => {
  const { acceptedPerS } = goodputOf(
    schedule,
    accepted((index) => 20 + 10 * index),
  );
  equal(Math.abs(acceptedPerS - 50) < 2, true, String(acceptedPerS));
});

test("who accepts nothing, or nothing in time, has no goodput", () => {
  equal(goodputOf(schedule, []).acceptedPerS, 0);
  equal(
    goodputOf(
      schedule,
      accepted(() => 2000),
    ).acceptedPerS,
    0,
  );
});
