/** PBFT's own judges: each is silent about a round as in the paper and fires when a rule is broken. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Json } from "../../core/encoding.ts";
import type { Inspector } from "../../core/inspector.ts";
import type { Effect, Input } from "../../core/machine.ts";
import type { PbftMessage } from "../messages.ts";
import type { PbftRecord } from "../records.ts";
import { certificatesIn } from "./evidence.ts";
import { createInspectors } from "./inspectors.ts";

type PbftEffect = Effect<PbftMessage>;
type Step = (judges: readonly Inspector<PbftMessage>[]) => readonly string[];

const place = { view: 0, sequence: 1, digest: "a" };
type Place = typeof place;
const settings = { batch: 1, timeoutMs: 100, checkpointInterval: 2 };

const prePrepare = (change: Partial<Place> = {}) =>
  ({ kind: "pre-prepare", ...place, ...change, batch: [] }) as const;
const prepare = (replica: string, change: Partial<Place> = {}) =>
  ({ kind: "prepare", ...place, ...change, replica }) as const;
const commit = (replica: string, change: Partial<Place> = {}) =>
  ({ kind: "commit", ...place, ...change, replica }) as const;
const signed = <M extends PbftMessage>(from: string, message: M) => ({
  from,
  message,
  signature: "",
});

const quiet: Input<PbftMessage> = { kind: "time-out", timer: "catch-up" };
const step =
  (node: string, input: Input<PbftMessage>, ...effects: readonly PbftEffect[]): Step =>
  (judges) =>
    judges.flatMap((each) => each.stepped?.(node, input, effects) ?? []).map(({ judge }) => judge);

const hears = (node: string, from: string, message: PbftMessage): Step =>
  step(node, { kind: "message", signed: signed(from, message) });
const wants = (node: string, message: PbftMessage): Step =>
  step(node, quiet, { kind: "broadcast", to: [], message });
const writes = (node: string, record: PbftRecord): Step =>
  step(node, quiet, { kind: "persist", record: record as unknown as Json });
const comesTo = (node: string, name: string, change: Partial<Place> = {}): Step => {
  const { view, sequence: slot, digest: detail } = { ...place, ...change };
  return step(node, quiet, { kind: "mark", mark: { name, view, slot, detail } });
};
const lives = (node: string, ...records: readonly PbftRecord[]): Step =>
  step(node, { kind: "start", records: records as unknown as readonly Json[] });
const sends =
  (node: string, message: PbftMessage): Step =>
  (judges) =>
    judges.flatMap((each) => each.sent?.(node, message) ?? []).map(({ judge }) => judge);

/** r1 has accepted what r0 proposed, and heard who prepares it. */
const accepted: readonly Step[] = [
  hears("r1", "r0", prePrepare()),
  wants("r1", prepare("r1")),
  hears("r1", "r2", prepare("r2")),
];
const everybody = ["r0", "r1", "r2", "r3"];
const newView: PbftMessage = {
  kind: "new-view",
  view: 1,
  viewChanges: [],
  prePrepares: [signed("r1", prePrepare({ view: 1, digest: "b" }))],
};
const viewOne: PbftRecord = {
  kind: "new view",
  newView: signed("r1", { kind: "new-view", view: 1, viewChanges: [], prePrepares: [] } as const),
};

const rows: readonly (readonly [claim: string, steps: readonly Step[], ...judges: string[]])[] = [
  [
    "a round as in the paper",
    [
      ...accepted,
      wants("r1", commit("r1")),
      ...everybody.map((id) => comesTo(id, "prepared")),
      ...everybody.map((id) => comesTo(id, "committed")),
      wants("r0", prePrepare()),
      wants("r0", prePrepare({ sequence: 2 })),
      sends("r1", prepare("r1")),
      sends("r1", prepare("r1")),
    ],
  ],
  [
    "two prepares for one slot (I2)",
    [sends("r1", prepare("r1")), sends("r1", prepare("r1", { digest: "b" }))],
    "one statement a slot",
  ],
  [
    "the same across a restart",
    [sends("r1", commit("r1")), lives("r1"), sends("r1", commit("r1", { digest: "b" }))],
    "one statement a slot",
  ],
  [
    "two pre-prepares for one slot (I3)",
    [sends("r0", prePrepare()), sends("r0", prePrepare({ digest: "b" }))],
    "one statement a slot",
  ],
  [
    "a number below the last one (I3)",
    [wants("r0", prePrepare({ sequence: 2 })), wants("r0", prePrepare())],
    "rising numbers",
  ],
  ["a prepare out of nowhere (I4)", [wants("r1", prepare("r1"))], "pre-prepared"],
  [
    "a prepare for a backup's pre-prepare (I4)",
    [hears("r1", "r2", prePrepare()), wants("r1", prepare("r1"))],
    "pre-prepared",
  ],
  [
    "an accepted pre-prepare without a prepare (I4)",
    [writes("r1", { kind: "accepted", proposal: signed("r0", prePrepare()) })],
    "pre-prepared",
  ],
  [
    "the primary need not prepare its own",
    [writes("r0", { kind: "accepted", proposal: signed("r0", prePrepare()) })],
  ],
  [
    "a prepare in another view than its own (I5)",
    [hears("r2", "r1", prePrepare({ view: 1 })), wants("r2", prepare("r2", { view: 1 }))],
    "current view",
  ],
  [
    "a new life is in the view of its disk",
    [
      lives("r2", viewOne),
      hears("r2", "r1", prePrepare({ view: 1 })),
      wants("r2", prepare("r2", { view: 1 })),
    ],
  ],
  [
    "a commit for what two replicas prepared (I6)",
    [hears("r1", "r0", prePrepare()), wants("r1", prepare("r1")), wants("r1", commit("r1"))],
    "prepared",
  ],
  [
    "a commit where the prepares are for another value (I6)",
    [
      hears("r1", "r0", prePrepare()),
      wants("r1", prepare("r1")),
      hears("r1", "r2", prepare("r2", { digest: "b" })),
      hears("r1", "r3", prepare("r2")),
      wants("r1", commit("r1")),
    ],
    "prepared",
  ],
  [
    "a commit that one correct replica prepared (I7)",
    [comesTo("r1", "prepared"), comesTo("r1", "committed")],
    "prepared by f + 1",
  ],
  [
    "two values prepared in one view (I8)",
    [comesTo("r1", "prepared"), comesTo("r2", "prepared", { digest: "b" })],
    "one value a view",
  ],
  [
    "two values prepared in two views are no harm",
    [comesTo("r1", "prepared"), comesTo("r2", "prepared", { digest: "b", view: 1 })],
  ],
  [
    "two values committed (I1)",
    [
      ...["r1", "r2"].map((id) => comesTo(id, "prepared")),
      comesTo("r1", "committed"),
      ...["r2", "r3"].map((id) => comesTo(id, "prepared", { digest: "b", view: 1 })),
      comesTo("r3", "committed", { digest: "b", view: 1 }),
    ],
    "committed once",
  ],
  [
    "a new view against what was committed (§4.4)",
    [
      ...["r1", "r2"].map((id) => comesTo(id, "prepared")),
      comesTo("r2", "committed"),
      sends("r1", newView),
    ],
    "nothing against a decision",
  ],
  [
    "the same when the commit comes to light later",
    [
      ...["r1", "r2"].map((id) => comesTo(id, "prepared")),
      sends("r1", newView),
      comesTo("r2", "committed"),
    ],
    "nothing against a decision",
  ],
  [
    "a prepare beyond the high watermark (I12)",
    [hears("r1", "r0", prePrepare({ sequence: 5 })), wants("r1", prepare("r1", { sequence: 5 }))],
    "watermarks",
  ],
  [
    "a prepare below a stable checkpoint (I12)",
    [
      writes("r1", { kind: "stable", sequence: 2, proof: [] }),
      hears("r1", "r0", prePrepare()),
      wants("r1", prepare("r1")),
    ],
    "watermarks",
  ],
  [
    "a vote after its view-change (I15)",
    [...accepted, writes("r1", { kind: "view change", view: 1 }), wants("r1", commit("r1"))],
    "silence in view changes",
  ],
  [
    "the same after a restart (I15)",
    [...accepted, lives("r1", { kind: "view change", view: 1 }), wants("r1", commit("r1"))],
    "silence in view changes",
  ],
];

for (const [claim, steps, ...judges] of rows) {
  test(`${judges.length === 0 ? "fine" : `"${judges.join()}" fires`}: ${claim}`, () => {
    const honest = new Set(everybody);
    const inspectors = createInspectors({ n: 4, f: 1, honest, settings });
    deepEqual(
      steps.flatMap((each) => each(inspectors)),
      judges,
    );
  });
}

test("a stable checkpoint is a certificate of q signers of one state (I13)", () => {
  const checkpoint = (replica: string, digest = "s") =>
    signed(replica, { kind: "checkpoint", sequence: 2, digest, replica } as const);
  const proof = [checkpoint("r0"), checkpoint("r1"), checkpoint("r2", "other")];
  const record: PbftRecord = { kind: "stable", sequence: 2, proof };
  const effect: PbftEffect = { kind: "persist", record: record as unknown as Json };
  const [certificate] = certificatesIn(effect, 4);
  ok(certificate !== undefined);
  equal(certificate.needed, 3);
  equal(certificate.votes.filter(({ says }) => says === certificate.says).length, 2);
});
