/** Schedules as files: what `hunt` writes and `replay` reads. */

import { readFileSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { UsageError } from "../../core/assert.ts";
import type { Schedule } from "../../sim/schedule.ts";
import type { Find } from "./hunter.ts";

const ids = z.array(z.string());
const moment = z.number().min(0);
const window = { fromMs: moment, untilMs: moment };

const event = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("request"),
    atMs: moment,
    client: z.string(),
    operation: z.string(),
  }),
  z.strictObject({
    kind: z.enum(["lose", "slow", "duplicate", "hold"]),
    ...window,
    from: ids.optional(),
    to: ids.optional(),
    message: z.string().optional(),
    view: z.int().optional(),
    share: z.number().min(0).max(1).optional(),
    ms: moment.optional(),
  }),
  z.strictObject({
    kind: z.literal("partition"),
    ...window,
    groups: z.array(ids),
    view: z.int().optional(),
    messages: ids.optional(),
  }),
  z.strictObject({
    kind: z.literal("crash"),
    node: z.string(),
    atMs: moment,
    untilMs: moment.optional(),
    losesDisk: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal("clock"),
    node: z.string(),
    atMs: moment,
    rate: z.number().positive(),
    jumpMs: z.number(),
  }),
  z.strictObject({
    kind: z.literal("fault"),
    node: z.string(),
    mode: z.string(),
    args: ids,
    ...window,
  }),
  z.strictObject({
    kind: z.literal("mutation"),
    node: z.string(),
    message: z.string(),
    to: ids,
    field: z.string(),
    by: z.union([z.literal(1), z.literal(-1), z.literal("another"), z.literal("omit")]),
    ...window,
  }),
  z.strictObject({
    kind: z.literal("say"),
    node: z.string(),
    atMs: moment,
    to: ids,
    says: z.intersection(z.object({ kind: z.string() }), z.record(z.string(), z.json())),
  }),
]);

const scheduleSchema = z.strictObject({
  protocol: z.string(),
  n: z.int().min(1),
  seed: z.int(),
  clients: z.int().min(1),
  settings: z.strictObject({
    batch: z.int().min(1),
    timeoutMs: z.number().positive(),
    checkpointInterval: z.int().min(1),
  }),
  delayMs: z.tuple([moment, moment]),
  twins: ids,
  healedAtMs: moment,
  endsAtMs: moment,
  events: z.array(event),
});

const fileSchema = z.looseObject({
  about: z.string().optional(),
  source: z.string().optional(),
  schedule: scheduleSchema,
});

/** A schedule that somebody wrote down says what it shows, and where it comes from. */
export interface ScheduleFile {
  readonly about?: string | undefined;
  readonly source?: string | undefined;
  readonly schedule: Schedule;
}

export const readSchedule = (path: string): Schedule => readScheduleFile(path).schedule;

/** What a file holds; whoever wrote a wrong one is told where. */
export function readScheduleFile(path: string): ScheduleFile {
  const parsed = fileSchema.safeParse(parseJson(path, readText(path)));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`${path}: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "is wrong"}`);
}

export function writeFind(path: string, { schedule, broken, reasons }: Find): void {
  const command = `quorumlab replay ${path}`;
  writeFileSync(path, `${JSON.stringify({ broken, reasons, command, schedule }, null, 2)}\n`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path} cannot be read: name a file that hunt wrote`);
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`${path} is not JSON: name a file that hunt wrote`);
  }
}
