import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { recordRules } from "./record-rules.ts";
import type { PbftRecord } from "./records.ts";
import { messagesIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

const recordsOf = (rig: Rig): readonly Json[] =>
  rig.effects.flatMap((effect) =>
    effect.kind === "persist" ? [structuredClone(effect.record)] : [],
  );

const kindsOf = (records: readonly Json[]): readonly string[] =>
  records.map((record) => (record as unknown as PbftRecord).kind);

/** Everybody signs the state that r1 has after this sequence. */
function makeStable(rig: Rig, sequence: number): void {
  const own = messagesIn(rig.effects).find(
    (message) => message.kind === "checkpoint" && message.sequence === sequence,
  );
  ok(own?.kind === "checkpoint");
  for (const id of ["r0", "r2"]) rig.tell(id, rig.checkpoint(id, sequence, own.digest));
}

/** r1 goes through three views and three stable checkpoints, with something open in each. */
function longLife(): Rig {
  const rig = rigOf({ id: "r1" });
  let timestamp = 0;
  const next = () => {
    timestamp += 1;
    return [rig.request("c0", timestamp)];
  };
  const prepareOnly = (sequence: number, view: number) => {
    const prePrepare = rig.prePrepare(sequence, next(), view);
    const primary = `r${view % 4}`;
    rig.tell(primary, prePrepare);
    for (const id of ["r0", "r2", "r3"].filter((other) => other !== primary)) {
      rig.tell(id, rig.prepare(id, prePrepare));
    }
  };
  for (const sequence of [1, 2, 3, 4, 5]) rig.round(sequence, next());
  prepareOnly(6, 0);
  makeStable(rig, 4);
  prepareOnly(7, 0);
  rig.pass(rig.request("c5", 1));
  rig.timeOut("view");
  const prepared6 = rig.prepared(6, [rig.request("c0", 6)]);
  const own = messagesIn(rig.effects).find(({ kind }) => kind === "view-change");
  ok(own?.kind === "view-change");
  const known = { stable: own.stable, proof: own.proof };
  for (const id of ["r0", "r2"]) {
    rig.tell(id, rig.viewChange(id, 1, { ...known, prepared: [prepared6] }));
  }
  const proposals = messagesIn(rig.effects).flatMap((message) =>
    message.kind === "new-view" ? message.prePrepares.map((signed) => signed.message) : [],
  );
  ok(proposals.length >= 3);
  const viewChanges = ["r2", "r0", "r3"].map((id) => rig.sign(id, rig.viewChange(id, 2, known)));
  rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares: [] });
  for (const sequence of [5, 6, 7, 8, 9]) rig.round(sequence, next(), 2);
  prepareOnly(10, 2);
  makeStable(rig, 8);
  rig.pass(rig.request("c6", 1));
  rig.timeOut("view");
  // It waits for view 3 while the others go on in view 2, up to a checkpoint that its view-change lacks.
  const slots = [10, 11, 12].map((sequence) => rig.committed(sequence, next(), 2));
  rig.tell("r0", { kind: "committed", slots, replica: "r0" });
  makeStable(rig, 12);
  return rig;
}

const fetchBy = (replica: string, change: { readonly view: number; readonly changing: boolean }) =>
  ({
    kind: "fetch",
    view: change.view,
    isViewChanging: change.changing,
    viewChanges: [],
    stable: 0,
    executed: 0,
    supplier: "r1",
    replica,
  }) as const;

/** Everything that can be seen of the life that starts from these records. */
function lifeFrom(records: readonly Json[]) {
  const rig = rigOf({ id: "r1" });
  rig.start(records);
  const { view, isViewChanging, ...status } = rig.machine.status();
  const asked = rig.tell("r3", fetchBy("r3", { view, changing: isViewChanging === true }));
  const supplied = rig.tell("r0", fetchBy("r0", { view: 0, changing: false }));
  const leaving = rig.timeOut("view");
  return {
    view,
    isViewChanging,
    // A request that an overtaken proposal held is forgotten with it: its client asks again.
    status: { ...status, waiting: 0 },
    log: rig.machine.log(Number(status["lowWatermark"]) + 1, 99),
    asked: messagesIn(asked),
    supplied: messagesIn(supplied),
    leaving: messagesIn(leaving),
  };
}

describe("the records that are still needed", () => {
  const all = recordsOf(longLife());

  test("lead to the same life as all of them, wherever that one ended", () => {
    for (let count = 1; count <= all.length; count += 1) {
      const records = all.slice(0, count);
      deepEqual(lifeFrom(recordRules.stillNeeded(records)), lifeFrom(records), `${count} records`);
    }
  });

  test("lead there also when they were thinned out before", () => {
    let thinned: readonly Json[] = [];
    for (const record of all) thinned = recordRules.stillNeeded([...thinned, record]);
    deepEqual(lifeFrom(thinned), lifeFrom(all));
  });

  test("are few: one stable state, and what is above it", () => {
    // Without the view-change that waits, and what came after it.
    const kept = recordRules.stillNeeded(all.slice(0, kindsOf(all).lastIndexOf("view change")));
    deepEqual(
      kindsOf(kept).filter((kind) => kind === "stable" || kind === "checkpoint"),
      ["checkpoint", "stable"],
    );
    ok(kept.length <= all.length / 3, `${kept.length} of ${all.length}`);
    deepEqual(recordRules.stillNeeded([]), []);
  });

  test("keep the newest state that is there when a later one is only known to be stable", () => {
    const checkpoint = { kind: "checkpoint", sequence: 4, snapshot: "four" };
    const stable = { kind: "stable", sequence: 8, proof: [] };
    deepEqual(recordRules.stillNeeded([checkpoint, stable]), [checkpoint, stable]);
    deepEqual(recordRules.salvage([checkpoint, stable]), []);
  });
});

describe("what holds by itself", () => {
  const all = recordsOf(longLife());

  test("is the newest stable state with its proof, whatever else is missing", () => {
    deepEqual(kindsOf(recordRules.salvage(all)), ["checkpoint", "stable"]);
    const { slot, lowWatermark } = rigStatus(recordRules.salvage(all.toReversed()));
    deepEqual([slot, lowWatermark], [12, 12]);
    deepEqual(recordRules.salvage(all.slice(0, 3)), []);
  });

  function rigStatus(records: readonly Json[]) {
    const rig = rigOf({ id: "r1" });
    rig.start(records);
    return rig.machine.status();
  }
});

test("a pledge covers every vote and every view that a life spoke of", () => {
  const rig = longLife();
  let view = 0;
  let slot = 0;
  for (const effect of rig.effects) {
    if (effect.kind === "persist") {
      const pledge = recordRules.pledgeOf(effect.record);
      view = Math.max(view, pledge?.view ?? 0);
      slot = Math.max(slot, pledge?.slot ?? 0);
    }
    if (effect.kind !== "broadcast") continue;
    const { message } = effect;
    if (message.kind === "prepare" || message.kind === "commit" || message.kind === "pre-prepare") {
      ok(message.view <= view && message.sequence <= slot, message.kind);
    }
    if (message.kind === "view-change" || message.kind === "new-view") ok(message.view <= view);
  }
  deepEqual([view, slot], [3, 10]);
  equal(recordRules.pledgeOf({ kind: "checkpoint", sequence: 4, snapshot: "" }), undefined);
});
