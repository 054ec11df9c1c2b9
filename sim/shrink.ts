/** Makes a bad schedule small: what is not needed for the violation goes (delta debugging). */

import type { ClockEvent, Schedule, ScheduleEvent } from "./schedule.ts";

/**
 * The smallest schedule found that still is bad. Takes out runs of events, long ones first, then
 * shortens windows; `isBad` must be deterministic. At most `mostTries` schedules are run.
 */
export function shrink(
  schedule: Schedule,
  isBad: (candidate: Schedule) => boolean,
  mostTries = 2_000,
): Schedule {
  let tries = mostTries;
  const isStillBad = (candidate: Schedule): boolean => {
    tries -= 1;
    return tries >= 0 && isBad(candidate);
  };
  let smallest = schedule;
  for (;;) {
    const smaller = shortenWindows(removeEvents(smallest, isStillBad), isStillBad);
    if (smaller === smallest || tries <= 0) return smaller;
    smallest = smaller;
  }
}

function removeEvents(schedule: Schedule, isBad: (candidate: Schedule) => boolean): Schedule {
  let smallest = schedule;
  for (let size = Math.ceil(smallest.events.length / 2); size >= 1; size = Math.floor(size / 2)) {
    let start = 0;
    while (start < smallest.events.length) {
      const events = smallest.events.toSpliced(start, size);
      const candidate = { ...smallest, events };
      if (isBad(candidate)) smallest = candidate;
      else start += size;
    }
  }
  return smallest;
}

function shortenWindows(schedule: Schedule, isBad: (candidate: Schedule) => boolean): Schedule {
  let smallest = schedule;
  for (const index of schedule.events.keys()) {
    for (const shorter of shorterOnes(smallest.events[index])) {
      const candidate = { ...smallest, events: smallest.events.with(index, shorter) };
      if (isBad(candidate)) {
        smallest = candidate;
        break;
      }
    }
  }
  return smallest;
}

/** The first or the second half of its window, as long as that is worth a try; a clock less wrong. */
function shorterOnes(event: ScheduleEvent | undefined): readonly ScheduleEvent[] {
  if (event?.kind === "clock") return truerClocks(event);
  if (event === undefined || !("fromMs" in event)) return [];
  const { fromMs, untilMs } = event;
  if (!Number.isFinite(untilMs) || untilMs - fromMs < 2) return [];
  const middle = Math.round((fromMs + untilMs) / 2);
  return [
    { ...event, untilMs: middle },
    { ...event, fromMs: middle },
  ];
}

const truerClocks = (event: ClockEvent): readonly ScheduleEvent[] => [
  ...(event.rate === 1 ? [] : [{ ...event, rate: 1 }]),
  ...(event.jumpMs === 0 ? [] : [{ ...event, jumpMs: 0 }]),
];
