import { equal, ok } from "node:assert/strict";
import { afterEach, beforeEach, test, vi } from "vitest";
import { WallClock, wallNow } from "./time.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a clock counts from the moment at which it was started", () => {
  const clock = new WallClock();
  vi.advanceTimersByTime(50);
  clock.start();
  equal(Math.round(clock.now()), 0);
  vi.advanceTimersByTime(30);
  equal(Math.round(clock.now()), 30);
});

test("clocks that are started at the same moment show the same, whenever they were told", () => {
  const [early, late] = [new WallClock(), new WallClock()];
  const moment = wallNow();
  early.start(moment);
  vi.advanceTimersByTime(40);
  late.start(moment);
  ok(Math.abs(early.now() - late.now()) < 0.01);
});

test("something runs once, later, unless it is cancelled", () => {
  const clock = new WallClock();
  const ran: string[] = [];
  clock.after(10, () => ran.push("kept"));
  const cancel = clock.after(10, () => ran.push("cancelled"));
  cancel();
  cancel();
  vi.advanceTimersByTime(9);
  equal(ran.join(), "");
  vi.advanceTimersByTime(100);
  equal(ran.join(), "kept");
});

test("whoever waits longer than a timer can waits for ever, not for no time", () => {
  let ran = false;
  const cancel = new WallClock().after(Number.POSITIVE_INFINITY, () => {
    ran = true;
  });
  vi.advanceTimersByTime(100);
  cancel();
  equal(ran, false);
});
