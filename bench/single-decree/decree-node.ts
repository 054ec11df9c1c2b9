/** `node --hosts`: one node or one client of a decree in a process of its own, as seed 003 runs them. */

import type { NodeId } from "../../core/ids.ts";
import { newTimestamp } from "../clusters/standing.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet } from "../options/arguments.ts";
import { idsOf, isClient, numberOf } from "./deployment.ts";
import type { DecreeEvent } from "./event.ts";
import { listeningProblem } from "./listening.ts";
import { readNode } from "./node-flags.ts";
import type { DecreePlan } from "./plan.ts";
import { answerLine, crashLine, leaderLine, roleLine } from "./report.ts";
import { Attention } from "./stage.ts";
import { Station } from "./station.ts";
import { Story } from "./story.ts";

const noValueExitCode = 1;

export async function decreeNode(argv: Arguments): Promise<void> {
  const { plan, id } = readNode(argv);
  const signal = signalOfInterrupts();
  const story = new Story(plan);
  const print = isSet(argv, "json")
    ? (event: DecreeEvent) => console.log(JSON.stringify(event))
    : announcer(plan);
  const attention = new Attention((event) => {
    story.note(event);
    print(event);
  });
  const station = new Station(plan, newTimestamp(), attention.tell);
  try {
    const url = await station.listen(id);
    if (!isSet(argv, "json")) console.log(`Node ID ${numberOf(plan, id)} listens on ${url}`);
    station.start(urlsOf(plan));
    if (isClient(id)) await wait(attention, story, id, plan, signal);
    else await live(attention, story, id, signal);
  } catch (error) {
    throw listeningProblem(error) ?? error;
  } finally {
    await station.close();
  }
}

/** A client ends once it was told the value, or waited in vain. */
async function wait(
  attention: Attention,
  story: Story,
  id: NodeId,
  { patienceMs }: DecreePlan,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => story.answers.has(id);
  await attention.pass({ patienceMs, signal, isOver });
  if (isOver()) return;
  process.exitCode = signal.aborted ? interruptedExitCode : noValueExitCode;
  console.error(
    `No message received by client from any learner within ${patienceMs / 1000} s: without a majority of the acceptors nothing is decided; what the proposers print says more`,
  );
}

/** A node stays until it crashes or is stopped: clients that come later are told the value, too. */
async function live(
  attention: Attention,
  story: Story,
  id: NodeId,
  signal: AbortSignal,
): Promise<void> {
  const isOver = () => story.crashed.has(id);
  await attention.pass({ patienceMs: Infinity, signal, isOver });
  process.exitCode = isOver() ? noValueExitCode : interruptedExitCode;
}

const urlsOf = (plan: DecreePlan): readonly (readonly [NodeId, string])[] =>
  idsOf(plan).map((id) => {
    const { host, port } = plan.addresses?.[numberOf(plan, id)] ?? { host: "", port: 0 };
    return [id, `http://${host}:${port}`];
  });

/** Prints what this node does, each thing once. */
function announcer(plan: DecreePlan): (event: DecreeEvent) => void {
  let last: string | undefined;
  return (event) => {
    const line = lineFor(plan, event);
    if (line !== undefined && line !== last) console.log(line);
    last = line ?? last;
  };
}

function lineFor(plan: DecreePlan, event: DecreeEvent): string | undefined {
  const { node } = event;
  if (event.kind === "crash") return crashLine(plan, node);
  if (event.kind === "accept") return answerLine(event.acceptance.result);
  const { name, detail = "" } = event.mark;
  switch (name) {
    case "leader elected":
      return detail === node ? leaderLine(plan, node) : undefined;
    case "roles assigned":
      return roleLine(plan, node, detail);
    case "backed off":
      return `Node ID ${numberOf(plan, node)} backs off: another proposer is ahead`;
    case "no majority":
      return `Node ID ${numberOf(plan, node)} gets no majority: ${detail}`;
    default:
      return undefined;
  }
}
