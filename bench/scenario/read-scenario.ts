/** From the text of a scenario file to its sets. A set begins on the row that has a number. */

import type { NodeId } from "../../core/ids.ts";
import { type CaseRow, type Column, mistake, readCaseTable } from "./case-table.ts";
import { type NamedNode, parseAttacks, parseNodes, parseSteps } from "./notation.ts";
import { type Attack, idOf, type Scenario, type ScenarioSet, type Step } from "./scenario.ts";

/** Bytes as somebody saved them: UTF-8, with or without a byte order mark. */
export function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw mistake(1, "the file is not UTF-8: save it as CSV in UTF-8");
  }
}

export function readScenario(text: string): Scenario {
  const { columns, rows } = readCaseTable(text);
  const sets: OpenSet[] = [];
  const nodes = new NodesSeen();
  for (const row of rows) {
    const steps = parseSteps(row.cell("transactions"), row.line);
    if (row.cell("set") !== "") sets.push(openSet(row, nodes, sets));
    setOf(row, sets.at(-1)).steps.push(...steps);
  }
  if (sets.length === 0) throw mistake(1, "there is no set below the header");
  const names = { letter: nodes.letter ?? "n", highest: nodes.highest };
  return { sets, hasByzantineColumn: columns.has("byzantine"), names };
}

type OpenSet = ScenarioSet & { readonly steps: Step[] };

const onlyOnFirst: readonly Column[] = ["live", "byzantine", "attack"];

/** The set that the row belongs to; later rows of a set carry nothing but a transaction. */
function setOf(row: CaseRow, current: OpenSet | undefined): OpenSet {
  if (current === undefined) throw mistake(row.line, "the first row of a set must have its number");
  const filled = onlyOnFirst.find((column) => row.cell(column) !== "");
  if (filled !== undefined && row.line !== current.line) {
    throw mistake(
      row.line,
      `${row.cell(filled)} belongs on the first row of a set, the one with its number`,
    );
  }
  return current;
}

function openSet(row: CaseRow, nodes: NodesSeen, earlier: readonly OpenSet[]): OpenSet {
  const { line } = row;
  const written = row.cell("set");
  const number = Number(written);
  if (!/^\d{1,9}$/.test(written) || number < 1) {
    throw mistake(line, `a set number must be a whole number from 1, not ${written}`);
  }
  const known = earlier.find((set) => set.number === number);
  if (known !== undefined) {
    throw mistake(line, `set ${number} is there already, from line ${known.line} on`);
  }
  const live = row.cell("live");
  const byzantine = nodes.note(parseNodes(row.cell("byzantine"), line));
  const attacks = parseAttacks(row.cell("attack"), line).map(
    ({ kind, targets }): Attack => ({ kind, targets: nodes.note(targets) }),
  );
  if (attacks.length > 0 && byzantine.length === 0) {
    throw mistake(line, `the attack ${attacks[0]?.kind} needs somebody in Byzantine`);
  }
  return {
    number,
    line,
    steps: [],
    live: live === "" ? undefined : nodes.note(parseNodes(live, line)),
    byzantine,
    attacks,
  };
}

/** Which nodes a file names, and by which letter. */
class NodesSeen {
  highest = 0;
  letter: string | undefined;

  note(named: readonly NamedNode[]): readonly NodeId[] {
    for (const { number, letter } of named) {
      this.highest = Math.max(this.highest, number);
      if (letter !== "") this.letter ??= letter;
    }
    return [...new Set(named.map(({ number }) => idOf(number)))];
  }
}
