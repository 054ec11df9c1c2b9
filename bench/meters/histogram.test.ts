import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { Latencies } from "./histogram.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

const printed = [
  [199, 50, false],
  [200, 50, true],
  [999, 90, false],
  [1000, 90, true],
  [9999, 99, false],
  [10_000, 99, true],
  [10_000, 99.9, false],
] as const;

for (const [count, percent, isPrinted] of printed) {
  test(`of ${count} samples p${percent} ${isPrinted ? "is told" : "would stand on too few"}`, () => {
    equal(Latencies.of(upTo(count)).percentileMs(percent) !== undefined, isPrinted);
  });
}

test("percentiles are right to three digits", () => {
  const latencies = Latencies.of(upTo(1000));
  const [p50, p90] = [latencies.percentileMs(50), latencies.percentileMs(90)];
  ok(p50 !== undefined && Math.abs(p50 - 500) <= 1);
  ok(p90 !== undefined && Math.abs(p90 - 900) <= 1);
});

test("merged histograms are that of all samples, not an average", () => {
  const merged = Latencies.of(upTo(500));
  merged.merge(Latencies.of(upTo(1000).map((latency) => latency + 1000)));
  const together = Latencies.of([...upTo(500), ...upTo(1000).map((latency) => latency + 1000)]);
  equal(merged.percentileMs(50), together.percentileMs(50));
  equal(merged.count, 1500);
});

test("what never came is infinitely slow", () => {
  const latencies = Latencies.of([...upTo(980), ...Array(20).fill(Number.POSITIVE_INFINITY)]);
  equal(latencies.lostShare, 0.02);
  equal(latencies.maxMs, Number.POSITIVE_INFINITY);
  ok(Number.isFinite(latencies.percentileMs(90)));
  const half = Latencies.of([...upTo(100), ...Array(150).fill(Number.POSITIVE_INFINITY)]);
  equal(half.percentileMs(50), Number.POSITIVE_INFINITY);
});

test("nothing measured has no figures", () => {
  const latencies = new Latencies();
  equal(latencies.maxMs, undefined);
  equal(latencies.percentileMs(50), undefined);
  equal(latencies.lostShare, 0);
});
