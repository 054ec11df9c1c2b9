/** Plays a run to its end: until every client was told a value, or none of them waits any longer. */

import type { Crew } from "./crew.ts";
import type { Tell } from "./event.ts";
import { startHttpStage, startProcessStage } from "./http-stage.ts";
import { listeningProblem } from "./listening.ts";
import { startMemoryStage } from "./memory-stage.ts";
import type { DecreePlan } from "./plan.ts";
import { startSimulatedStage } from "./simulated-stage.ts";
import type { Stage } from "./stage.ts";
import { Story } from "./story.ts";

export interface PlayOptions {
  readonly signal?: AbortSignal | undefined;
  readonly crew?: Crew | undefined;
}

export async function play(plan: DecreePlan, { signal, crew }: PlayOptions = {}): Promise<Story> {
  const story = new Story(plan);
  const stage = await open(plan, (event) => story.note(event), crew);
  try {
    const { patienceMs } = plan;
    await stage.pass({ patienceMs, signal, isOver: () => story.isComplete });
  } finally {
    await stage.close();
  }
  return story;
}

async function open(plan: DecreePlan, tell: Tell, crew: Crew | undefined): Promise<Stage> {
  if (plan.transport === "simulated") return startSimulatedStage(plan, tell);
  if (plan.transport === "memory") return startMemoryStage(plan, tell);
  try {
    return await (plan.place === "processes"
      ? startProcessStage(plan, tell, crew)
      : startHttpStage(plan, tell));
  } catch (error) {
    throw listeningProblem(error) ?? error;
  }
}
