/** What an operator may type, and what is said about anything else. */

import type { NodeId } from "../../core/ids.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";
import { idOf, nameOf } from "./machine/names.ts";
import type { Phase } from "./machine/notices.ts";
import { readTransaction } from "./transaction.ts";

export const plainCommands = [
  "list",
  "status",
  "data",
  "progress",
  "view change",
  "checkpoint",
  "crash",
  "recover",
  "help",
  "quit",
] as const;

type PlainCommand = (typeof plainCommands)[number];

export type Command =
  | { readonly kind: PlainCommand }
  /** The transaction follows in the next line unless it is given. */
  | { readonly kind: "tx"; readonly text: string | undefined }
  | {
      readonly kind: "vote";
      readonly phase: Phase;
      readonly isYes: boolean;
      readonly to: NodeId | undefined;
    }
  | { readonly kind: "send"; readonly operation: string };

export type Reading =
  | { readonly command: Command; readonly problem?: undefined }
  | { readonly command?: undefined; readonly problem: string };

const nodeWords = [...plainCommands, "tx", "prepare yes", "prepare no", "ack commit", "ack abort"];
const clientCommands = ["list", "status", "help", "quit"] as const;
const clientWords = [...clientCommands, "send"];

/** For completion. */
export const wordsFor = (isClient: boolean): readonly string[] =>
  isClient
    ? [...clientWords, "send account="]
    : [...nodeWords, "tx account=", "prepare to ", "ack to "];

const spoken: Readonly<
  Record<Phase, { readonly word: string; readonly words: readonly string[] }>
> = {
  prepare: { word: "prepare", words: ["yes", "no"] },
  commit: { word: "ack", words: ["commit", "abort"] },
};

export function readNodeCommand(line: string, n: number): Reading {
  const words = line.trim().split(/\s+/);
  const [first = ""] = words.map((word) => word.toLowerCase());
  const text = words.join(" ").toLowerCase();
  const plain = plainCommands.find((command) => command === text);
  if (plain !== undefined) return { command: { kind: plain } };
  if (first === "tx") {
    const data = line.trim().slice(2).trim();
    return { command: { kind: "tx", text: data === "" ? undefined : data } };
  }
  if (first === "prepare") return readVote("prepare", words.slice(1), n);
  if (first === "ack") return readVote("commit", words.slice(1), n);
  if (first === "send") {
    return { problem: "send is for the client: a leader starts a transaction with tx" };
  }
  return unknown(text, nodeWords);
}

export function readClientCommand(line: string): Reading {
  const text = line.trim().replace(/\s+/g, " ");
  const plain = clientCommands.find((command) => command === text.toLowerCase());
  if (plain !== undefined) return { command: { kind: plain } };
  if (!/^send\b/i.test(text)) return unknown(text, clientWords);
  const { operation, problem } = readTransaction(text.slice("send".length));
  return operation === undefined ? { problem } : { command: { kind: "send", operation } };
}

function unknown(text: string, known: readonly string[]): Reading {
  return { problem: `there is no command ${text}, only ${anyOf(known)}${didYouMean(text, known)}` };
}

/** `yes`, `no`, or `to P2 no`. */
function readVote(phase: Phase, rest: readonly string[], n: number): Reading {
  const { word, words } = spoken[phase];
  const isTo = rest[0]?.toLowerCase() === "to";
  const name = isTo ? rest[1] : undefined;
  const to = name === undefined ? undefined : replicaNamed(name, n);
  if (isTo && to === undefined) {
    return {
      problem: `${word} to takes a node, ${namesUpTo(n)}${name === undefined ? "" : `, not ${name}`}`,
    };
  }
  const said = rest
    .slice(isTo ? 2 : 0)
    .join(" ")
    .toLowerCase();
  if (!words.includes(said)) {
    const target = isTo ? ` to ${name}` : "";
    const not = said === "" ? "" : `, not ${said}`;
    return { problem: `${word}${target} takes ${anyOf(words)}${not}${didYouMean(said, words)}` };
  }
  return { command: { kind: "vote", phase, isYes: said === words[0], to } };
}

export function replicaNamed(name: string, n: number): NodeId | undefined {
  const id = idOf(name);
  return id !== undefined && /^r\d+$/.test(id) && Number(id.slice(1)) < n ? id : undefined;
}

export const namesUpTo = (n: number): string =>
  anyOf(Array.from({ length: n }, (_, index) => nameOf(`r${index}`)));

export const nodeHelp: readonly string[] = [
  "status             view, leader, members, history, balances",
  "data               what is committed here",
  "list               who takes part",
  "tx                 start a transaction (leader): key=value,… in the next line or this one",
  "progress           look at the votes and go on (leader)",
  "prepare yes|no     vote on the leader's proposal",
  "ack commit|abort   vote on committing what is prepared",
  "prepare to P2 no   Byzantine: tell one node something of its own; likewise ack to P2 abort",
  "view change        ask for the next leader",
  "checkpoint         snapshot; the leader collects everybody's",
  "crash, recover     play dead, come back and fetch what was missed",
  "quit               leave",
];

export const clientHelp: readonly string[] = [
  "send key=value,…   ask for a transaction, whoever leads",
  "list               transactions and their replies",
  "quit               leave",
];
