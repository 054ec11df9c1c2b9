/** Paxos' own judges: each is silent about what acceptors may do and fires when a rule is broken. */

import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import type { Json } from "../../core/encoding.ts";
import type { Inspector } from "../../core/inspector.ts";
import type { Effect, Input } from "../../core/machine.ts";
import type { PaxosMessage } from "../messages.ts";
import type { PaxosRecord } from "../records.ts";
import { createInspectors } from "./inspectors.ts";

type Step = (judges: readonly Inspector<PaxosMessage>[]) => readonly string[];

const ballot = 0;
const higher = 1001;
const value = { ballot, slot: 1, digest: "a" };
type Value = typeof value;
const accept = (change: Partial<Value> = {}) =>
  ({ kind: "accept", ...value, ...change, requests: [] }) as const;
const accepted = (change: Partial<Value> = {}) =>
  ({ kind: "accepted", ...value, ...change }) as const;
const chosen = (change: Partial<Value> = {}) => ({ kind: "chosen", ...value, ...change }) as const;

const heard = (input: Input<PaxosMessage>, node: string, effect?: Effect<PaxosMessage>): Step => {
  const effects = effect === undefined ? [] : [effect];
  return (judges) =>
    judges.flatMap((each) => each.stepped?.(node, input, effects) ?? []).map(({ judge }) => judge);
};
const quiet: Input<PaxosMessage> = { kind: "time-out", timer: "" };
const wants = (node: string, message: PaxosMessage): Step =>
  heard(quiet, node, { kind: "send", to: "r0", message });
const writes = (node: string, record: PaxosRecord): Step =>
  heard(quiet, node, { kind: "persist", record: record as unknown as Json });
const lives = (node: string, ...records: readonly PaxosRecord[]): Step =>
  heard({ kind: "start", records: records as unknown as readonly Json[] }, node);
/** Wanted, and not kept back by anything. */
const sends =
  (node: string, message: PaxosMessage): Step =>
  (judges) => [
    ...wants(node, message)(judges),
    ...judges.flatMap((each) => each.sent?.(node, message) ?? []).map(({ judge }) => judge),
  ];
const promised: PaxosRecord = { kind: "promised", ballot: higher };
const acceptedRecord: PaxosRecord = { kind: "accepted", proposal: { ...value, requests: [] } };

const rows: readonly (readonly [claim: string, steps: readonly Step[], ...judges: string[]])[] = [
  [
    "a round, told again by a later leader",
    [
      sends("r0", accept()),
      writes("r1", acceptedRecord),
      sends("r1", accepted()),
      sends("r0", chosen()),
      writes("r1", promised),
      sends("r1", accept({ ballot: higher })),
      sends("r1", chosen({ ballot: higher })),
    ],
  ],
  [
    "two values in one ballot",
    [sends("r0", accept()), sends("r1", accepted({ digest: "b" }))],
    "one value a ballot",
  ],
  [
    "another value in a higher ballot is none",
    [sends("r0", accept()), sends("r1", accept({ ballot: higher, digest: "b" }))],
  ],
  ["a vote below the promise", [writes("r1", promised), wants("r1", accepted())], "promises kept"],
  [
    "a value written down below the promise",
    [writes("r1", promised), writes("r1", acceptedRecord)],
    "promises kept",
  ],
  [
    "a promise that a new life forgot",
    [lives("r1", promised), wants("r1", accepted())],
    "promises kept",
  ],
  ["a promise twice", [writes("r1", promised), writes("r1", promised)], "promises rise"],
  [
    "a choice without a majority",
    [sends("r0", accept()), wants("r0", chosen())],
    "chosen by a majority",
  ],
  [
    "one acceptor's vote counts once",
    [sends("r0", accept()), sends("r0", accept()), wants("r0", chosen())],
    "chosen by a majority",
  ],
  [
    "a second choice in a later ballot",
    [
      sends("r0", accept()),
      sends("r1", accepted()),
      sends("r1", accept({ ballot: higher, digest: "b" })),
      sends("r2", accepted({ ballot: higher, digest: "b" })),
    ],
    "a choice stays",
  ],
];

for (const [claim, steps, ...judges] of rows) {
  test(`${judges.length === 0 ? "fine" : `"${judges.join()}" fires`}: ${claim}`, () => {
    const honest = new Set(["r0", "r1", "r2"]);
    const settings = { batch: 1, timeoutMs: 100, checkpointInterval: 128 };
    const inspectors = createInspectors({ n: 3, f: 1, honest, settings });
    deepEqual(
      steps.flatMap((each) => each(inspectors)),
      judges,
    );
  });
}
