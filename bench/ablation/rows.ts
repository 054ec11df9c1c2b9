/** The ablation as ablation.csv has it: one row for each set of rules, size and situation. */

import type { CsvValue } from "../results/columns.ts";
import { rounded } from "../results/columns.ts";
import type { Ablated, AblationPlan } from "./ablation.ts";
import { costColumns, type RuleCost } from "./rule-costs.ts";

/** Figures of the rules as they are minus those without the one: what it costs. */
const ruleColumns = [
  "rule_messages",
  "rule_control_messages",
  "rule_bytes",
  "rule_verifications",
  "rule_latency_ms",
] as const;

export const ablationColumns = [
  "protocol",
  "rule_taken_back",
  "first_seed",
  "seeds",
  "schedules",
  "violations",
  "forks",
  "found_by",
  "counterexample",
  "counterexample_events",
  "n",
  "fault",
  ...costColumns,
  ...ruleColumns,
] as const;

type AblationRow = { readonly [Column in (typeof ablationColumns)[number]]: CsvValue };

export function ablationRows(
  ablated: readonly Ablated[],
  { firstSeed, seeds }: Pick<AblationPlan, "firstSeed" | "seeds">,
): readonly AblationRow[] {
  return ablated.flatMap((one) => {
    const { protocol, rule, schedules, violations, forks, costs } = one;
    const { foundBy, counterexample, events } = evidenceOf(one);
    return costs.map((cost) => {
      const { n, fault, figures } = cost;
      return {
        protocol,
        rule_taken_back: rule,
        first_seed: firstSeed,
        seeds,
        schedules,
        violations,
        forks,
        found_by: foundBy,
        counterexample,
        counterexample_events: events,
        n,
        fault,
        ...figures,
        ...ruleFigures(ablated, one, cost),
      };
    });
  });
}

export interface Evidence {
  readonly foundBy: "hunt" | "replay" | "neither";
  /** A file: of the hunt's folder, or of ccro/counterexamples. */
  readonly counterexample: string | undefined;
  readonly events: number | undefined;
}

/** What the hunt found counts first; a file that somebody wrote is replayed where it found nothing. */
export function evidenceOf({ protocol, find, replayed }: Ablated): Evidence {
  const [file] = replayed;
  if (find !== undefined) {
    const events = find.schedule.events.length;
    return { foundBy: "hunt", counterexample: fileOf(protocol), events };
  }
  if (file !== undefined) {
    return { foundBy: "replay", counterexample: file.name, events: file.events };
  }
  return { foundBy: "neither", counterexample: undefined, events: undefined };
}

/** Where the smallest find of these rules is written to. */
export const fileOf = (protocol: string): string => `${protocol}.json`;

/** What the rule costs there; undefined for the rules as they are. */
export function costOfRule(
  ablated: readonly Ablated[],
  { rule }: Ablated,
  { n, fault, figures }: RuleCost,
): RuleCost["figures"] | undefined {
  const whole = ablated
    .find((one) => one.rule === undefined)
    ?.costs.find((cost) => cost.n === n && cost.fault === fault)?.figures;
  if (rule === undefined || whole === undefined) return undefined;
  const minus = (column: (typeof costColumns)[number]) =>
    rounded(whole[column] - figures[column]) ?? Number.NaN;
  return {
    messages_per_request: minus("messages_per_request"),
    control_messages: minus("control_messages"),
    bytes_per_request: minus("bytes_per_request"),
    verifications_per_request: minus("verifications_per_request"),
    latency_p50_ms: minus("latency_p50_ms"),
  };
}

function ruleFigures(ablated: readonly Ablated[], one: Ablated, cost: RuleCost) {
  const own = costOfRule(ablated, one, cost);
  return {
    rule_messages: own?.messages_per_request,
    rule_control_messages: own?.control_messages,
    rule_bytes: own?.bytes_per_request,
    rule_verifications: own?.verifications_per_request,
    rule_latency_ms: own?.latency_p50_ms,
  };
}
