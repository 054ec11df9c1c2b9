/** Many runs of drawn sizes: how many of them gave every client the same value. */

import { clientIds } from "../../core/ids.ts";
import { createRandom } from "../../sim/random.ts";
import { Crew } from "./crew.ts";
import type { DecreePlan } from "./plan.ts";
import { play } from "./play.ts";
import { isGood } from "./report.ts";

type Terms = Omit<DecreePlan, "counts" | "clients" | "wishes" | "crashes" | "addresses">;

export interface Drawing {
  readonly terms: Terms;
  readonly runs: number;
  readonly signal?: AbortSignal | undefined;
  progress?(done: number): void;
}

export interface DrawnResult {
  readonly runs: number;
  readonly agreed: number;
  readonly clients: number;
  readonly failures: readonly { readonly seed: number; readonly problem: string }[];
  readonly isInterrupted: boolean;
}

/** Consensus nodes of the largest that is drawn. */
export const largestDrawn = 12;

/** 1–5 proposers, 3–5 acceptors, 1–2 learners, 1–8 clients that each want another value. */
export function drawPlan(terms: Terms, seed: number): DecreePlan {
  const random = createRandom(`single decree ${seed}`);
  const counts = {
    proposers: random.integer(1, 5),
    acceptors: random.integer(3, 5),
    learners: random.integer(1, 2),
  };
  const clients = random.integer(1, 8);
  const wishes = new Map(
    clientIds(clients).map((id, index) => [
      id,
      { value: 100 + index, proposer: random.integer(0, counts.proposers - 1) },
    ]),
  );
  return { ...terms, seed, counts, clients, wishes, crashes: [], addresses: undefined };
}

export async function playDrawn({ terms, runs, signal, progress }: Drawing): Promise<DrawnResult> {
  const crew = terms.place === "processes" ? new Crew() : undefined;
  const failures: { seed: number; problem: string }[] = [];
  let [done, clients] = [0, 0];
  try {
    while (done < runs) {
      const plan = drawPlan(terms, terms.seed + done);
      const story = await play(plan, { signal, crew });
      if (signal?.aborted) break;
      if (!isGood(story)) {
        const problem = story.violation ?? story.problem ?? "";
        failures.push({ seed: plan.seed, problem });
      }
      clients += plan.clients;
      done += 1;
      progress?.(done);
    }
  } finally {
    await crew?.end();
  }
  return {
    runs: done,
    agreed: done - failures.length,
    clients,
    failures,
    isInterrupted: done < runs,
  };
}

export function printDrawn({ runs, agreed, clients, failures }: DrawnResult): string {
  return [
    `${agreed} of ${runs} runs gave every client the same value (${clients} clients)`,
    ...failures.map(({ seed, problem }) => `Seed ${seed}: ${problem}`),
  ].join("\n");
}
