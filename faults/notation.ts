/** How faults are written at the command line and in suites: `MODE[(ARGS)]@WHO[/FROM-UNTIL]`. */

import { UsageError } from "../core/assert.ts";
import type { Millis } from "../core/ids.ts";
import { didYouMean } from "../core/nearest.ts";
import { longest, parseDuration, printDuration } from "./duration.ts";
import { isNodeId, type Mode } from "./mode.ts";
import { modeNamed, modes } from "./modes.ts";
import type { FaultRequest, PlacedFault } from "./placed-fault.ts";
import type { Window } from "./window.ts";

/** Roles that faults are placed on by name. */
export const namedRoles = ["commander", "communication"] as const;

const whoIsAllowed =
  "commander, communication, ids joined by + such as r1+r3, or a number of nodes to draw from 1";
const windowIsAllowed = `FROM-UNTIL or FROM- in ms or s, up to ${printDuration(longest)}, such as 2s-6s or 500ms-`;

/** One fault. Whether its nodes exist is for `placeFaults` to say, which knows the protocol. */
export function parseFault(text: string): FaultRequest {
  const { head, who, window } = partsOf(text);
  const { mode, args } = parseHead(text, head);
  return { mode: mode.name, args, who: parseWho(text, who), ...parseWindow(text, mode, window) };
}

/** Several values, each with one fault or several joined by `;`. Empty ones say nothing. */
export const parseFaults = (texts: readonly string[]): readonly FaultRequest[] =>
  texts
    .flatMap((text) => text.split(";"))
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .map(parseFault);

/** The notation again; reading it gives an equal request. */
export function printFault({ mode, args, who, fromMs, untilMs }: FaultRequest): string {
  const brackets = args.length === 0 ? "" : `(${args.join("+")})`;
  return `${mode}${brackets}@${who}${printWindow({ fromMs, untilMs })}`;
}

/** The notation of a fault whose nodes are known. */
export const printPlaced = ({ nodes, ...fault }: PlacedFault): string =>
  printFault({ ...fault, who: nodes.join("+") });

/** An error in one sentence, with the fault that it is about. */
export const badFault = (fault: string, problem: string): UsageError =>
  new UsageError(`fault ${JSON.stringify(fault)}: ${problem}`);

function partsOf(text: string) {
  const at = text.indexOf("@");
  if (at === -1) throw badFault(text, `it does not say who: add @WHO, which is ${whoIsAllowed}`);
  const slash = text.indexOf("/", at);
  return {
    head: text.slice(0, at),
    who: text.slice(at + 1, slash === -1 ? undefined : slash),
    window: slash === -1 ? undefined : text.slice(slash + 1),
  };
}

function parseHead(text: string, head: string) {
  const [, name, inner] = /^([^()]*)(?:\(([^()]*)\))?$/.exec(head) ?? [];
  if (name === undefined) throw badFault(text, `"${head}" must be MODE or MODE(ARGS)`);
  const mode = modeNamed(name);
  if (mode === undefined) throw badFault(text, unknownMode(name));
  const args = inner === undefined ? [] : inner.split(/[+,]/).map((value) => value.trim());
  checkArgs(text, mode, args);
  return { mode, args };
}

function unknownMode(name: string): string {
  const known = modes.map((mode) => mode.name);
  return `there is no mode "${name}", only ${known.join(", ")}${didYouMean(name, known)}`;
}

function checkArgs(text: string, { name, argument }: Mode, args: readonly string[]): void {
  if (args.length === 0) return;
  if (argument === undefined) throw badFault(text, `${name} takes nothing in brackets`);
  const bad = args.find((value) => !argument.isAllowed(value));
  if (bad !== undefined) {
    throw badFault(
      text,
      `"${bad}" is not ${argument.name} of ${name}, which is ${argument.allowed}`,
    );
  }
  if (args.length > argument.most) {
    throw badFault(text, `${name} takes ${argument.most} ${argument.name}, not ${args.length}`);
  }
}

function parseWho(text: string, who: string): string {
  if (/^[1-9]\d{0,5}$/.test(who)) return who;
  for (const name of who.split("+")) {
    if (isNodeId(name) || namedRoles.some((role) => role === name)) continue;
    const hint = didYouMean(name, namedRoles);
    throw badFault(text, `"${name}" is nobody: WHO is ${whoIsAllowed}${hint}`);
  }
  return who;
}

function parseWindow(text: string, mode: Mode, window: string | undefined): Window {
  if (window === undefined) return { fromMs: 0, untilMs: Infinity };
  if (!mode.takesWindow) {
    throw badFault(text, `${mode.name} lasts for the whole run, only crash can begin and end`);
  }
  const [from, until, ...more] = window.split("-");
  const fromMs = parseDuration(from ?? "");
  const untilMs: Millis | undefined = until === "" ? Infinity : parseDuration(until ?? "");
  if (fromMs === undefined || untilMs === undefined || more.length > 0) {
    throw badFault(text, `the window "${window}" must be ${windowIsAllowed}`);
  }
  if (fromMs >= untilMs) throw badFault(text, `the window "${window}" ends before it begins`);
  return { fromMs, untilMs };
}

function printWindow({ fromMs, untilMs }: Window): string {
  if (fromMs <= 0 && untilMs === Infinity) return "";
  return `/${printDuration(fromMs)}-${untilMs === Infinity ? "" : printDuration(untilMs)}`;
}
