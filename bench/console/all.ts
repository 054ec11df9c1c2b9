/** Everybody in one terminal, typed or from a script. */

import type { NodeId } from "../../core/ids.ts";
import { wordsFor } from "./commands.ts";
import { saveReport } from "./hosted.ts";
import { clientId, nameOf } from "./machine/names.ts";
import { startProcessStage } from "./process-stage.ts";
import { playScript, readAddressed } from "./script.ts";
import { SimulatedStage } from "./simulated-stage.ts";
import type { Stage } from "./stage.ts";
import { type Ending, paint, Terminal } from "./terminal.ts";
import { error, hint } from "./wording.ts";

export interface AllOptions {
  readonly n: number;
  readonly seed: number;
  readonly out: string;
  readonly place: "simulated" | "processes";
  /** The text of a script; typed by hand without. */
  readonly script: string | undefined;
}

export async function runAll(options: AllOptions): Promise<Ending> {
  const stage = await startStage(options);
  try {
    if (options.script === undefined) return await runByHand(stage);
    await playScript(options.script, stage, (piece) => console.log(piece.replace(/\n$/, "")));
    return "left";
  } finally {
    await stage.close();
  }
}

async function startStage({ n, seed, out, place }: AllOptions): Promise<Stage> {
  if (place === "processes") return startProcessStage({ n, seed, out });
  const save = (file: string, text: string, isAppended: boolean) =>
    saveReport(out, file, text, isAppended);
  return new SimulatedStage({ n, seed, save });
}

async function runByHand(stage: Stage): Promise<Ending> {
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const hasColours = isTerminal && process.env["NO_COLOR"] === undefined;
  let at: NodeId = stage.participants[0] ?? clientId;
  const terminal: Terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    isTerminal,
    hasColours,
    prompt: () => stage.promptOf(at),
    completions: () => addressedWords(stage, at),
    type: async (text) => {
      const { line, problem } = readAddressed(text, stage.participants, at);
      if (line === undefined) terminal.show(error(problem));
      else if (line.text.toLowerCase() === "quit" && !text.includes(":")) return true;
      else {
        at = line.id;
        for (const said of await stage.type(line.id, line.text)) {
          const name = nameOf(said.id).padEnd(nameOf(clientId).length);
          for (const one of said.lines) terminal.print(`  ${name} | ${paint(one, hasColours)}`);
        }
      }
      return false;
    },
  });
  if (isTerminal) {
    const names = stage.participants.map(nameOf).join(", ");
    terminal.show(hint(`${names} are here: P1: prepare yes speaks to P1, and stays with it`));
  }
  return terminal.run();
}

function addressedWords({ participants }: Stage, at: NodeId): readonly string[] {
  const own = wordsFor(at === clientId);
  const addressed = participants.flatMap((id) =>
    wordsFor(id === clientId).map((word) => `${nameOf(id)}: ${word}`),
  );
  return [...own, ...addressed];
}
