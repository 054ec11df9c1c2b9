/** The judges that PBFT brings along: the invariants of Castro's proof (CASES A6). */

import type { Inspected, Inspector } from "../../core/inspector.ts";
import type { PbftMessage } from "../messages.ts";
import { createGrounds } from "./grounds.ts";
import { createOutcomes } from "./outcomes.ts";
import { createStatements } from "./statements.ts";

export const createInspectors = (cluster: Inspected): readonly Inspector<PbftMessage>[] => [
  createStatements(),
  createGrounds(cluster),
  createOutcomes(cluster),
];
