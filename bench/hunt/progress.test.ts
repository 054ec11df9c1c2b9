import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import { emptyHarvest } from "./hunter.ts";
import { seldom, tellProgress } from "./progress.ts";

const rows = [
  [1_000, 10_000, "90 s left"],
  [1_000, 100_000, "15 min left"],
  [10_000, 100_000, "15 min left"],
  [10_000, 1_000_000, "2.5 h left"],
] as const;
for (const [schedules, elapsedMs, left] of rows) {
  test(`${schedules} of ten times as many schedules after ${elapsedMs} ms: ${left}`, () => {
    const planned = schedules * 10;
    const text = tellProgress(
      "pbft",
      { ...emptyHarvest, schedules, decisions: 7 },
      planned,
      elapsedMs,
    );
    const rate = ((1000 * schedules) / elapsedMs).toFixed(0);
    equal(
      text,
      `pbft: ${schedules} of ${planned} schedules, ${rate} per second, ${left}, 7 decisions, nothing found`,
    );
  });
}

test("a log hears of it once in a while, and not at the start", () => {
  let now = 0;
  const said: string[] = [];
  const say = seldom(
    (text) => said.push(text),
    60,
    () => now,
  );
  for (; now < 200; now += 25) say(`${now}`);
  deepEqual(said, ["75", "150"]);
});
