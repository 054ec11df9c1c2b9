/** One participant in this terminal; the others are in theirs. */

import type { NodeId } from "../../core/ids.ts";
import { wordsFor } from "./commands.ts";
import { type Hosted, startHosted } from "./hosted.ts";
import { clientId, nameOf } from "./machine/names.ts";
import { type Ending, Terminal } from "./terminal.ts";
import { hint, type Line } from "./wording.ts";

export interface OneOptions {
  readonly id: NodeId;
  readonly n: number;
  readonly seed: number;
  readonly urls: ReadonlyMap<NodeId, string>;
  readonly out: string;
}

export async function runOne(options: OneOptions): Promise<Ending> {
  const { id, urls } = options;
  const isTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const early: Line[] = [];
  let terminal: Terminal | undefined;
  const say = (line: Line) => {
    if (terminal === undefined) early.push(line);
    else terminal.show(line);
  };
  const hosted: Hosted = await startHosted({ ...options, say });
  const { session } = hosted;
  terminal = new Terminal({
    input: process.stdin,
    output: process.stdout,
    isTerminal,
    hasColours: isTerminal && process.env["NO_COLOR"] === undefined,
    prompt: () => session.prompt,
    completions: () => wordsFor(id === clientId),
    type: (line) => session.type(line),
  });
  if (isTerminal) say(hint(`${nameOf(id)} listens at ${urls.get(id)}; type help`));
  for (const line of early) say(line);
  try {
    return await terminal.run();
  } finally {
    await hosted.close();
  }
}
