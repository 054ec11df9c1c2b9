/** What an operator may know about a node of the domain. */

import type { Status } from "../core/machine.ts";
import { preparesNeeded, repliesNeeded, reportsNeeded } from "./rules.ts";
import { type CcroState, sizesOf } from "./state.ts";

export function statusOf(state: CcroState): Status {
  const { n, f, rules, role, roles, ledger, opened, waiting, watch } = state;
  const sizes = sizesOf(state);
  return {
    role,
    view: roles.epoch,
    slot: ledger.height,
    rules: rules.name,
    n,
    f,
    tolerates: toleranceOf(n, f),
    primary: roles.primary,
    communication: roles.communication,
    head: ledger.head,
    isOpened: opened !== undefined,
    isOnTrial: ledger.onTrial !== undefined,
    waiting: waiting.size,
    awaits: watch?.key ?? null,
    preparesNeeded: preparesNeeded(sizes),
    repliesNeeded: repliesNeeded(rules, sizes),
    reportsNeeded: reportsNeeded(rules, sizes),
    commitProof: rules.commit === "log" ? "none: the log is kept, not checked" : "signed prepares",
  };
}

export const toleranceOf = (n: number, f: number): string =>
  f === 0 ? `tolerates no fault at n=${n}` : `tolerates ${f} of ${n}`;
