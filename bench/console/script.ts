/** Sessions as files: one command a line, `P1: prepare yes`, played line by line into a transcript. */

import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import { idOf, nameOf } from "./machine/names.ts";
import type { Said, Stage } from "./stage.ts";

export interface ScriptLine {
  readonly id: NodeId;
  readonly text: string;
}

export type Addressed =
  | { readonly line: ScriptLine; readonly problem?: undefined }
  | { readonly line?: undefined; readonly problem: string };

/** `P1: prepare yes`, or a command alone for whoever is meant. */
export function readAddressed(
  text: string,
  participants: readonly NodeId[],
  usual: NodeId | undefined,
): Addressed {
  const [, name, rest = ""] = /^\s*([^\s:=,]+):\s*(.*)$/.exec(text) ?? [];
  if (name === undefined) {
    if (usual !== undefined) return { line: { id: usual, text: text.trim() } };
    return { problem: `"${text.trim()}" does not say at whom: write for example P1: prepare yes` };
  }
  const id = idOf(name);
  if (id !== undefined && participants.includes(id)) return { line: { id, text: rest.trim() } };
  const names = participants.map(nameOf);
  return { problem: `there is no ${name}, only ${anyOf(names)}${didYouMean(name, names)}` };
}

/** The commands of a script; comments and blank lines are kept for the transcript. */
export function readScript(
  text: string,
  participants: readonly NodeId[],
): readonly (ScriptLine | string)[] {
  const lines = text.trimEnd().split(/\r?\n/);
  return lines.map((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return line;
    const { line: read, problem } = readAddressed(line, participants, undefined);
    if (read === undefined) throw new UsageError(`line ${index + 1} of the script: ${problem}`);
    return read;
  });
}

/** Plays a script; each piece of the transcript is handed over as it comes. */
export async function playScript(
  text: string,
  stage: Stage,
  write: (piece: string) => void,
): Promise<void> {
  for (const line of readScript(text, stage.participants)) {
    if (typeof line === "string") {
      write(`${line}\n`);
      continue;
    }
    write(`${promptText(stage.promptOf(line.id), line)}\n`);
    for (const said of await stage.type(line.id, line.text)) write(printSaid(said));
  }
}

const promptText = (prompt: string, { text }: ScriptLine): string => `${prompt}${text}`;

/** Every line under the name of who said it. */
export const printSaid = ({ id, lines }: Said): string =>
  lines.map(({ text }) => `  ${nameOf(id).padEnd(6)} | ${text}\n`).join("");
