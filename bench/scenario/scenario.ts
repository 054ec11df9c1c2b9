/** Scripted cases: sets of bank transactions, and who runs, fails and lies in each. */

import type { NodeId } from "../../core/ids.ts";

export interface Scenario {
  readonly sets: readonly ScenarioSet[];
  /** Without such a column nobody lies: those are the cases of crash-fault protocols. */
  readonly hasByzantineColumn: boolean;
  readonly names: NodeNames;
}

/** Transactions that belong together: the rows from one set number to the next. */
export interface ScenarioSet {
  readonly number: number;
  /** Where it begins in its file. */
  readonly line: number;
  readonly steps: readonly Step[];
  /** Undefined where the file does not say: everybody. */
  readonly live: readonly NodeId[] | undefined;
  readonly byzantine: readonly NodeId[];
  /** What they do; nothing is the older format: they hear everything and do not vote. */
  readonly attacks: readonly Attack[];
}

export type Step = {
  /** As it is written. */
  readonly text: string;
  readonly line: number;
} & Action;

export type Action =
  | {
      readonly kind: "transfer";
      readonly from: string;
      readonly to: string;
      readonly amount: number;
    }
  | { readonly kind: "balance"; readonly account: string }
  /** LF: the leader of this moment fails, and stays so until the set ends. */
  | { readonly kind: "leader fails" };

export const attackKinds = ["crash", "sign", "time", "dark", "equivocation"] as const;
export type AttackKind = (typeof attackKinds)[number];

export interface Attack {
  readonly kind: AttackKind;
  /** Whom `dark` and `equivocation` are aimed at. */
  readonly targets: readonly NodeId[];
}

/** How a file calls the nodes: n1 … or S1 …, counted from 1, where ours are r0 … */
export interface NodeNames {
  readonly letter: string;
  /** The highest number that the file names anywhere; 0 where it names no node. */
  readonly highest: number;
}

export const idOf = (number: number): NodeId => `r${number - 1}`;
export const numberOf = (id: NodeId): number => Number(id.slice(1)) + 1;

/** As the file calls it. */
export const nameOf = (id: NodeId, { letter }: NodeNames): string => `${letter}${numberOf(id)}`;

/** `n1–n5, n7`; runs of three or more are drawn together. */
export function namesOf(ids: readonly NodeId[], names: NodeNames): string {
  const runs: NodeId[][] = [];
  for (const id of ids.toSorted((a, b) => numberOf(a) - numberOf(b))) {
    const run = runs.at(-1);
    const last = run?.at(-1);
    if (run !== undefined && last !== undefined && numberOf(id) === numberOf(last) + 1)
      run.push(id);
    else runs.push([id]);
  }
  return runs.map((run) => runText(run, names)).join(", ");
}

function runText(run: readonly NodeId[], names: NodeNames): string {
  const written = run.map((id) => nameOf(id, names));
  return written.length < 3 ? written.join(", ") : `${written[0]}–${written.at(-1)}`;
}

export const attackText = ({ kind, targets }: Attack, names: NodeNames): string =>
  targets.length === 0 ? kind : `${kind}(${targets.map((id) => nameOf(id, names)).join(", ")})`;
