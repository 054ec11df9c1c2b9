/** What stands in the cells of a scenario file: lists of nodes, transactions, attacks. */

import { anyOf, didYouMean } from "../../core/nearest.ts";
import { usualBalances } from "../../services/bank.ts";
import { mistake } from "./case-table.ts";
import { type Action, type AttackKind, attackKinds, type Step } from "./scenario.ts";

/** The accounts of the bank, one client for each. */
export const accounts: readonly string[] = [...usualBalances].map(([account]) => account);

const allowedStep = "(A, B, 3) for a transfer, (E) for a balance, or LF where the leader fails";
const allowedNode = "must be a node such as n1 (S1 and 1 mean the same)";
// More nodes than anybody scripts by hand.
const mostNodes = 300;

/** A node as it is written: its number, counted from 1, and the letter before it. */
export interface NamedNode {
  readonly number: number;
  readonly letter: string;
}

/** `[n1, n2]` or `n1, n2`; spaces and semicolons separate as well. */
export function parseNodes(text: string, line: number): readonly NamedNode[] {
  const inside = /^\[(.*)\]$/s.exec(text)?.[1] ?? text;
  return inside
    .split(/[\s,;]+/)
    .filter((word) => word !== "")
    .map((word) => parseNode(word, line));
}

function parseNode(word: string, line: number): NamedNode {
  const [, letter = "", digits] = /^([ns]?)([1-9]\d{0,3})$/i.exec(word) ?? [];
  if (digits === undefined) throw mistake(line, `${JSON.stringify(word)} ${allowedNode}`);
  const number = Number(digits);
  if (number > mostNodes) throw mistake(line, `${word} is one too many: up to ${mostNodes} nodes`);
  return { number, letter };
}

/** One or several transactions, each in brackets of its own. */
export function parseSteps(text: string, line: number): readonly Step[] {
  const found = [...text.matchAll(/\(([^()]*)\)|\bLF\b/gi)];
  const rest = text.replace(/\(([^()]*)\)|\bLF\b/gi, " ");
  const stray = /[^\s,;[\]]+/.exec(rest)?.[0];
  if (stray !== undefined) {
    throw mistake(line, `${JSON.stringify(text)} must be ${allowedStep}, not ${stray}`);
  }
  return found.map(([written, inside]) => ({
    text: written,
    line,
    ...parseAction(written, inside ?? "LF", line),
  }));
}

function parseAction(written: string, inside: string, line: number): Action {
  const [first = "", second, third, ...more] = inside.split(",").map((part) => part.trim());
  if (second === undefined && first.toUpperCase() === "LF") return { kind: "leader fails" };
  if (second === undefined) return { kind: "balance", account: accountIn(written, first, line) };
  if (third === undefined || more.length > 0) {
    throw mistake(line, `${written} must be ${allowedStep}`);
  }
  const from = accountIn(written, first, line);
  const to = accountIn(written, second, line);
  const amount = Number(third);
  if (!/^\d+$/.test(third) || amount < 1 || !Number.isSafeInteger(amount)) {
    throw mistake(
      line,
      `${written}: the amount must be a whole number from 1, not ${JSON.stringify(third)}`,
    );
  }
  return { kind: "transfer", from, to, amount };
}

function accountIn(written: string, text: string, line: number): string {
  const account = accounts.find((known) => known === text.toUpperCase());
  if (account !== undefined) return account;
  const range = `${accounts[0]} to ${accounts.at(-1)}`;
  throw mistake(line, `${written}: there is no account ${JSON.stringify(text)}, only ${range}`);
}

/** An attack as it is written, its targets not yet known as nodes. */
export interface NamedAttack {
  readonly kind: AttackKind;
  readonly targets: readonly NamedNode[];
}

const needTargets: ReadonlySet<AttackKind> = new Set(["dark", "equivocation"]);

/** `[time; dark(n6); equivocation(n6, n7)]`: several are separated by semicolons or commas. */
export function parseAttacks(text: string, line: number): readonly NamedAttack[] {
  const form = /([a-z][a-z-]*)\s*(?:\(([^()]*)\))?/gi;
  const stray = /[^\s,;[\]]+/.exec(text.replace(form, " "))?.[0];
  if (stray !== undefined) {
    throw mistake(line, `${JSON.stringify(text)} must be attacks such as time; dark(n6)`);
  }
  return [...text.matchAll(form)].map(([written, word = "", inside]) =>
    parseAttack(written.trim(), word.toLowerCase(), inside, line),
  );
}

function parseAttack(
  written: string,
  word: string,
  inside: string | undefined,
  line: number,
): NamedAttack {
  const kind = attackKinds.find((known) => known === word);
  if (kind === undefined) {
    const guess = didYouMean(word, attackKinds);
    throw mistake(line, `there is no attack ${word}, only ${anyOf(attackKinds)}${guess}`);
  }
  const targets = inside === undefined ? [] : parseNodes(inside, line);
  if (needTargets.has(kind) && targets.length === 0) {
    throw mistake(line, `${written} must say at whom it is aimed, such as ${kind}(n6)`);
  }
  if (!needTargets.has(kind) && inside !== undefined) {
    throw mistake(line, `${written} is aimed at nobody: write ${kind}`);
  }
  return { kind, targets };
}
