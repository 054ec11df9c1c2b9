/** All charts of a run: those that its tables have something to say in. */

import { costByKind } from "./cost-by-kind.ts";
import { doseCurve } from "./dose-curve.ts";
import type { Chart } from "./drawing.ts";
import { latencyAgainstN } from "./latency-against-n.ts";
import { latencyDistribution } from "./latency-distribution.ts";
import { latencyThroughput } from "./latency-throughput.ts";
import { measuredAgainstFormula } from "./measured-against-formula.ts";
import type { RunTables } from "./points.ts";
import { recoveryTimeline } from "./recovery-timeline.ts";
import { trustOverRounds } from "./trust-over-rounds.ts";

const kinds = [
  latencyAgainstN,
  latencyThroughput,
  latencyDistribution,
  costByKind,
  measuredAgainstFormula,
  doseCurve,
  recoveryTimeline,
  trustOverRounds,
] as const;

export const chartsOf = (tables: RunTables): readonly Chart[] =>
  kinds.flatMap((kind) => kind(tables));
