/** Files that go out of the page and come in: schedules, such as counterexample.json. */

import { protocolNamed } from "../../../bench/protocols.ts";
import { UsageError } from "../../../core/assert.ts";
import { isShape, isText, isWholeNumber } from "../../../core/decode.ts";
import type { Schedule } from "../../../sim/schedule.ts";

export function offerFile(name: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

const isList = (value: unknown) => (Array.isArray(value) ? undefined : "must be a list");
const isNumber = (value: unknown) =>
  typeof value === "number" && value >= 0 ? undefined : "must be a number from 0";
const isAnything = () => undefined;

const isSchedule = isShape<Schedule>({
  protocol: isText,
  n: isWholeNumber,
  seed: isWholeNumber,
  clients: isWholeNumber,
  settings: isAnything,
  delayMs: isList,
  twins: isList,
  healedAtMs: isNumber,
  endsAtMs: isNumber,
  events: isList,
});

/** The schedule in what hunt wrote, or somebody exported; whoever brings another file is told why not. */
export function readSchedule(text: string): Schedule {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError("the file is not JSON: choose one that hunt wrote, or an export");
  }
  const schedule =
    typeof value === "object" && value !== null && "schedule" in value ? value.schedule : undefined;
  const problem = schedule === undefined ? "must be an object" : isSchedule(schedule);
  if (problem !== undefined) throw new UsageError(`the file's schedule ${problem}`);
  const read = schedule as Schedule;
  protocolNamed(read.protocol);
  return read;
}
