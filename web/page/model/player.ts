/** Lets time pass: so many virtual ms a second, faster where nothing happens. */

import { effect, signal } from "@preact/signals";
import { first, goToMoment, moment, step } from "./session.ts";

export const isPlaying = signal(false);
/** Virtual ms in a second. */
export const speed = signal(10);
export const speeds = [1, 5, 10, 50, 200, 1000] as const;

/** Nobody wants to wait longer than this for the next step. */
const longestWaitS = 0.6;

effect(() => {
  if (!isPlaying.value) return undefined;
  let last = performance.now();
  let handle = requestAnimationFrame(function frame(time) {
    pass(Math.min(0.1, (time - last) / 1000));
    last = time;
    if (isPlaying.peek()) handle = requestAnimationFrame(frame);
  });
  return () => cancelAnimationFrame(handle);
});

function pass(seconds: number): void {
  const steps = first.peek()?.recording.steps ?? [];
  const next = steps[step.peek() + 1];
  if (next === undefined) {
    isPlaying.value = false;
    return;
  }
  const gap = next.atMs - moment.peek();
  const rate = Math.max(speed.peek(), gap / longestWaitS);
  goToMoment(moment.peek() + seconds * rate);
}
