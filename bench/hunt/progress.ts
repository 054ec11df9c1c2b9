/** How far a hunt is, and how long it will take: a long one must say so, in a log, too. */

import type { Harvest } from "./hunter.ts";

export function tellProgress(
  protocol: string,
  { schedules, decisions, finds }: Harvest,
  planned: number,
  elapsedMs: number,
): string {
  const perSecond = (1000 * schedules) / elapsedMs;
  const left = timeOf(((planned - schedules) * elapsedMs) / schedules);
  const found = finds.length === 0 ? "nothing found" : `${finds.length} found`;
  return `${protocol}: ${schedules} of ${planned} schedules, ${perSecond.toFixed(0)} per second, ${left} left, ${decisions} decisions, ${found}`;
}

function timeOf(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 100 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** Says only what comes so long after what it last said; nothing before that time has passed once. */
export function seldom(
  say: (text: string) => void,
  everyMs: number,
  now: () => number = () => performance.now(),
): (text: string) => void {
  let saidAt = now();
  return (text) => {
    if (now() - saidAt < everyMs) return;
    saidAt = now();
    say(text);
  };
}
