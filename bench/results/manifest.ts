/** The manifest of a result folder: what was asked, where, with which code, and how far it came. */

import { z } from "zod";
import { cellSchema, timeoutPolicy } from "../cell.ts";
import { type Machine, machineSchema, thisCode, thisMachine } from "../meters/machine.ts";
import { fewestRepetitions } from "../statistics/difference.ts";

const sessionSchema = z.object({
  started: z.string(),
  ended: z.string().optional(),
  version: z.string(),
  commit: z.string().optional(),
  machine: machineSchema,
  isInterrupted: z.boolean(),
});

export const manifestSchema = z.object({
  run: z.string(),
  suite: z.string(),
  title: z.string(),
  mustHold: z.enum(["promised", "all", "none"]),
  /** What was written at the command line. */
  command: z.string(),
  /** Where nodes with a disk kept their logs, if somebody said. */
  dataDir: z.string().optional(),
  seed: z.number(),
  isQuick: z.boolean(),
  timeoutPolicy: z.string(),
  cells: z.array(cellSchema),
  /** One for each time that somebody worked on it; more than one when it was resumed. */
  sessions: z.array(sessionSchema),
  repetitionsPlanned: z.number(),
  repetitionsDone: z.number(),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Session = z.infer<typeof sessionSchema>;

export type Asked = Omit<
  Manifest,
  "sessions" | "timeoutPolicy" | "isQuick" | "repetitionsPlanned" | "repetitionsDone"
>;

export function createManifest(asked: Asked): Manifest {
  const repetitions = asked.cells.map((cell) => cell.repetitions);
  return {
    ...asked,
    // Wherever such numbers stand, "quick" stands beside them.
    isQuick: Math.min(...repetitions) < fewestRepetitions,
    timeoutPolicy,
    sessions: [],
    repetitionsPlanned: repetitions.reduce((sum, count) => sum + count, 0),
    repetitionsDone: 0,
  };
}

/** Begins to work on it, here and now. */
export function withSession(manifest: Manifest): Manifest {
  const session: Session = {
    started: new Date().toISOString(),
    ...thisCode(),
    machine: thisMachine(),
    // Until it ends, it is one that did not end.
    isInterrupted: true,
  };
  return { ...manifest, sessions: [...manifest.sessions, session] };
}

export function withEnd(manifest: Manifest, isInterrupted: boolean): Manifest {
  const [session] = manifest.sessions.slice(-1);
  if (session === undefined) return manifest;
  const ended = { ...session, ended: new Date().toISOString(), isInterrupted };
  return { ...manifest, sessions: [...manifest.sessions.slice(0, -1), ended] };
}

/** The machines that it ran on, each once. */
export function machinesOf({ sessions }: Manifest): readonly Machine[] {
  const byText = new Map(sessions.map(({ machine }) => [JSON.stringify(machine), machine]));
  return [...byText.values()];
}
