/**
 * Which cells must be safe and live. A protocol is held to its promise: without faults always, with
 * faults up to f. Some are known not to keep it, and are run to show just that.
 */

import type { Protocol } from "../core/protocol.ts";
import { type Cell, noFault, requestsIn, specOf } from "./cell.ts";
import { ablations, protocolNamed } from "./protocols.ts";
import type { MustHold } from "./suite.ts";

/** Why these are not held to anything once a node fails. */
const knownWeak: Readonly<Record<string, string>> = {
  ccro: "its published rules lose safety when roles change, and trust the primary",
  "ccro-certified": "one liar among the f + 1 repliers suffices",
  flood: "it decides nothing",
  ...Object.fromEntries(
    ablations.map(({ name }) => [name, "a rule is taken back to show its use"]),
  ),
};

/** Tolerates crashes, and promises nothing about lies. */
const crashOnly: ReadonlySet<string> = new Set(["paxos"]);
const crashModes: ReadonlySet<string> = new Set(["offline", "crash", "delay"]);

/** Why the cell may be unsafe or stall without anybody being surprised; undefined when it must hold. */
export function excuseFor(cell: Cell, mustHold: MustHold): string | undefined {
  if (mustHold === "all") return undefined;
  if (mustHold === "none") return "the suite only shows";
  if (cell.protocol === "flood") return knownWeak["flood"];
  if (cell.fault === noFault) return undefined;
  const protocol = protocolNamed(cell.protocol);
  const faulty = mostFaulty(cell);
  if (faulty > cell.f) return `${faulty} faulty, and it tolerates ${cell.f}`;
  return knownWeak[protocol.name] ?? excuseForLies(protocol, cell);
}

function excuseForLies({ name }: Pick<Protocol, "name">, cell: Cell): string | undefined {
  if (!crashOnly.has(name)) return undefined;
  const lies = requestsIn(cell.fault).filter(({ mode }) => !crashModes.has(mode));
  return lies.length === 0 ? undefined : "it tolerates crashes, not lies";
}

/** How many nodes fail; the same with every seed, as those drawn are never those named. */
export function mostFaulty(cell: Cell): number {
  const anySeed = 0;
  return new Set(specOf(cell, anySeed).faults.flatMap(({ nodes }) => nodes)).size;
}
