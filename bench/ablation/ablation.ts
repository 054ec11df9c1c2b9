/** The ablation: the safe rules of CCRO, whole and with one of R1 to R5 taken back, hunted and measured. */

import { safe, safetyRules, without } from "../../ccro/index.ts";
import { type Find, type Harvest, shrinkFind } from "../hunt/hunter.ts";
import type { Share } from "../hunt/worker.ts";
import { type Counterexample, forkingUnder } from "./counterexamples.ts";
import { measureCosts, type RuleCost } from "./rule-costs.ts";

type SafetyRule = (typeof safetyRules)[number];

export interface AblationPlan {
  readonly firstSeed: number;
  /** Schedules for each set of rules. */
  readonly seeds: number;
  readonly signal: AbortSignal;
  /** Hunts through a share, on as many cores as it likes. */
  hunt(share: Share): Promise<Harvest>;
}

/** What became of one set of rules. */
export interface Ablated {
  readonly protocol: string;
  /** The one taken back; undefined for the rules as they are. */
  readonly rule: SafetyRule | undefined;
  readonly schedules: number;
  /** Schedules of the hunt that ended unsafely, and those among them in which two honest nodes differ. */
  readonly violations: number;
  readonly forks: number;
  /** The smallest find, shrunk. */
  readonly find: Find | undefined;
  /** The committed counterexamples that fork under these rules, the shortest first. */
  readonly replayed: readonly Counterexample[];
  readonly costs: readonly RuleCost[];
}

/** The whole rules first; only what was complete when it was interrupted. */
export async function ablate(plan: AblationPlan): Promise<readonly Ablated[]> {
  const done: Ablated[] = [];
  for (const rule of [undefined, ...safetyRules]) {
    const ablated = await ablateOne(rule, plan);
    if (plan.signal.aborted) break;
    done.push(ablated);
  }
  return done;
}

async function ablateOne(rule: SafetyRule | undefined, plan: AblationPlan): Promise<Ablated> {
  const protocol = (rule === undefined ? safe : without(safe, rule)).name;
  const { schedules, finds } = await plan.hunt({
    protocol,
    sizes: undefined,
    domains: 1,
    of: "seeds",
    first: plan.firstSeed,
    count: plan.seeds,
    wanted: ["fork", "safety"],
    // All seeds, always: a hunt that stops early tries as many as the cores happen to be ahead.
    mostFinds: Number.POSITIVE_INFINITY,
  });
  return {
    protocol,
    rule,
    schedules,
    violations: finds.length,
    forks: finds.filter(({ broken }) => broken === "fork").length,
    find: smallestOf(finds),
    replayed: forkingUnder(protocol),
    costs: await measureCosts(protocol, plan.signal),
  };
}

// Shrinking takes seconds, and what starts short ends short.
const shrunkFinds = 3;

function smallestOf(finds: readonly Find[]): Find | undefined {
  return (
    finds
      // By seed where equal: which worker was first must not decide.
      .toSorted((a, b) => sizeOf(a) - sizeOf(b) || a.schedule.seed - b.schedule.seed)
      .slice(0, shrunkFinds)
      .map((find) => shrinkFind(find))
      .toSorted((a, b) => sizeOf(a) - sizeOf(b))[0]
  );
}

const sizeOf = ({ schedule }: Find): number => schedule.events.length;
