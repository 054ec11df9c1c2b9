/** A find as people read it: what happened to the cluster, and what the nodes said. */

import type { Message } from "../../core/messages.ts";
import { createDiagram } from "../../sim/diagram.ts";
import { allOf } from "../../sim/observers.ts";
import { runSchedule, type ScheduleRun } from "../../sim/run-schedule.ts";
import { describeEvent, type Schedule } from "../../sim/schedule.ts";
import { createTraceHash } from "../../sim/trace-hash.ts";
import { createTranscript } from "../../sim/transcript.ts";
import { twinOf } from "../../sim/twins.ts";
import { protocolNamed } from "../protocols.ts";
import { toolsFor } from "./ground.ts";

/** The schedule in lines: its cluster, then its events in order of time. */
export function describeSchedule(schedule: Schedule): readonly string[] {
  const { protocol, n, seed, clients, settings, twins, healedAtMs } = schedule;
  const lives = twins.length === 0 ? "" : `, ${twins.join(", ")} twice`;
  return [
    `${protocol}  n=${n}  clients ${clients}${lives}  batch ${settings.batch}  time-out ${settings.timeoutMs} ms  checkpoint ${settings.checkpointInterval}  seed ${seed}`,
    ...schedule.events.map((event) => `  ${describeEvent(event)}`),
    `  healed at ${healedAtMs} ms`,
  ];
}

export interface Replay extends ScheduleRun {
  readonly hash: string;
  readonly diagram: readonly string[];
}

/**
 * Runs a schedule once more, drawn up to the first violation, and hashed; `write` gets every event as
 * a line.
 */
export function replay(
  schedule: Schedule,
  write: (line: string) => void = () => {},
  mostRows = Number.POSITIVE_INFINITY,
): Replay {
  const tools = toolsFor(protocolNamed(schedule.protocol));
  const members = tools.protocol.members(schedule.n).map(({ id }) => id);
  const clients = Array.from({ length: schedule.clients }, (_, index) => `c${index}`);
  const columns = [...clients, ...members, ...schedule.twins.map(twinOf)];
  const diagram = createDiagram(columns);
  const trace = createTraceHash<Message>((message) => tools.protocol.signedText(message));
  const observer = allOf(diagram, trace, createTranscript(write));
  const run = runSchedule(schedule, { ...tools, observer });
  return { ...run, hash: trace.digest(), diagram: diagram.lines(mostRows, run.brokenAtMs) };
}
