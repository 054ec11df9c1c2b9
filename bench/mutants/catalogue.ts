/** All seeded bugs. */

import type { Mutant } from "./mutant.ts";
import { ccroMutants, paxosMutants } from "./others.ts";
import { pbftMutants } from "./pbft.ts";

export const mutants: readonly Mutant[] = [...pbftMutants, ...ccroMutants, ...paxosMutants];
