import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import type { Effect } from "../core/machine.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { PbftMessage } from "./messages.ts";
import { deliveredIn, kindsIn, marksIn, messagesIn, objectionsIn, Rig } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };

/** r1 of n = 4, K = 4, whose disk lost everything; it may have voted up to slot 6 of view 0. */
function forgetful(lost = { view: 0, slot: 6 }, records: readonly Json[] = []): Rig {
  const rig = new Rig(tools, { id: "r1" });
  rig.start(records, lost);
  return rig;
}

const batchOf = (rig: Rig, sequence: number) => [rig.request("c0", sequence)];

/** Others tell it what committed. */
const bring = (rig: Rig, from: number, to: number, view = 0) =>
  rig.tell("r0", {
    kind: "committed",
    slots: Array.from({ length: to - from + 1 }, (_, index) =>
      rig.committed(from + index, batchOf(rig, from + index), view),
    ),
    replica: "r0",
  });

/** Others sign the state that it has signed, too. */
function makeStable(rig: Rig, sequence: number): readonly Effect<PbftMessage>[] {
  const own = messagesIn(rig.effects).find(
    (message) => message.kind === "checkpoint" && message.sequence === sequence,
  );
  ok(own?.kind === "checkpoint");
  return ["r0", "r2"].flatMap((id) => rig.tell(id, rig.checkpoint(id, sequence, own.digest)));
}

const votingKinds = new Set(["pre-prepare", "prepare", "commit", "view-change", "new-view"]);

const votesIn = (effects: readonly Effect<PbftMessage>[]) =>
  kindsIn(effects).filter((kind) => votingKinds.has(kind));

const recordKindsIn = (effects: readonly Effect<PbftMessage>[]) =>
  effects.flatMap((effect) =>
    effect.kind === "persist" ? [(effect.record as { readonly kind: string }).kind] : [],
  );

describe("a replica whose disk lost records", () => {
  test("asks the others, and says nothing else", () => {
    deepEqual(kindsIn(forgetful().effects), ["fetch"]);
    equal(forgetful().machine.status()["silentUpTo"], 6);
  });

  const provocations: Readonly<Record<string, (rig: Rig) => void>> = {
    "a proposal": (rig) => rig.tell("r0", rig.prePrepare(1, batchOf(rig, 1))),
    "a whole round": (rig) => rig.round(7, batchOf(rig, 1)),
    "a request and the end of its patience": (rig) => {
      rig.pass(rig.request("c3", 1));
      rig.timeOut("view");
    },
    "everybody else leaving the view": (rig) => {
      for (const id of ["r0", "r2", "r3"]) rig.tell(id, rig.viewChange(id, 1));
    },
    "a new view with something to vote on": (rig) => {
      const prepared = rig.prepared(1, batchOf(rig, 1));
      const viewChanges = ["r2", "r0", "r3"].map((id) =>
        rig.sign(id, rig.viewChange(id, 2, { prepared: [prepared] })),
      );
      const { batch: _batch, ...message } = rig.prePrepare(1, batchOf(rig, 1), 2);
      const prePrepares = [rig.sign("r2", { ...message, batch: [] })];
      rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares });
      equal(rig.machine.status().view, 2);
    },
    "its own patience": (rig) => {
      for (let count = 0; count < 5; count += 1) rig.timeOut("catch-up");
    },
  };
  for (const [what, provoke] of Object.entries(provocations)) {
    test(`does not vote because of ${what}, nor records that it did`, () => {
      const rig = forgetful();
      provoke(rig);
      deepEqual(votesIn(rig.effects), []);
      deepEqual(recordKindsIn(rig.effects), []);
    });
  }

  test("names what it refuses", () => {
    const rig = forgetful();
    deepEqual(objectionsIn(rig.tell("r0", rig.prePrepare(1, batchOf(rig, 1)))), [
      "cannot vote without its records",
    ]);
  });

  test("executes what others committed, answers, and signs its states", () => {
    const rig = forgetful();
    const effects = bring(rig, 1, 4);
    deepEqual(deliveredIn(effects), [1, 2, 3, 4]);
    deepEqual(kindsIn(effects), ["reply", "reply", "reply", "reply", "checkpoint"]);
  });

  test("votes again once a stable checkpoint is beyond its last word, not before", () => {
    const rig = forgetful();
    bring(rig, 1, 8);
    makeStable(rig, 4);
    deepEqual(votesIn(rig.tell("r0", rig.prePrepare(9, batchOf(rig, 9)))), []);
    ok(marksIn(makeStable(rig, 8)).includes("votes again"));
    equal(rig.machine.status()["silentUpTo"], undefined);
    deepEqual(kindsIn(rig.tell("r0", rig.prePrepare(9, batchOf(rig, 9)))), ["prepare"]);
    rig.pass(rig.request("c4", 1));
    deepEqual(votesIn(rig.timeOut("view")), ["view-change"]);
  });

  test("stays out of the views below the last one that it spoke of", () => {
    const rig = forgetful({ view: 2, slot: 3 });
    bring(rig, 1, 4);
    makeStable(rig, 4);
    deepEqual(objectionsIn(rig.tell("r0", rig.prePrepare(5, batchOf(rig, 5)))), ["earlier view"]);
    const viewChanges = ["r2", "r0", "r3"].map((id) => rig.sign(id, rig.viewChange(id, 2)));
    rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares: [] });
    const proposal = rig.prePrepare(5, batchOf(rig, 5), 2);
    deepEqual(kindsIn(rig.tell("r2", proposal)), ["prepare"]);
  });

  test("has its view on disk before it votes on what that began with", () => {
    const rig = forgetful();
    const prepared = rig.prepared(5, batchOf(rig, 5));
    const { batch: _batch, ...message } = rig.prePrepare(5, batchOf(rig, 5), 2);
    const nulls = [1, 2, 3, 4].map((sequence) => rig.prePrepare(sequence, [], 2));
    const viewChanges = ["r2", "r0", "r3"].map((id) =>
      rig.sign(id, rig.viewChange(id, 2, { prepared: [prepared] })),
    );
    const prePrepares = [...nulls, { ...message, batch: [] }].map((each) => rig.sign("r2", each));
    const before = rig.effects.length;
    rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares });
    deepEqual(votesIn(rig.effects.slice(before)), []);
    bring(rig, 1, 8);
    const effects = makeStable(rig, 8);
    deepEqual(recordKindsIn(effects), ["stable", "new view"]);
    const next = rig.prePrepare(9, batchOf(rig, 9), 2);
    deepEqual(kindsIn(rig.tell("r2", next)), ["prepare"]);
  });

  test("is as silent in its next life, and as free in the one after that", () => {
    const recordsOf = (rig: Rig) =>
      rig.effects.flatMap((effect) =>
        effect.kind === "persist" ? [structuredClone(effect.record)] : [],
      );
    const first = forgetful();
    bring(first, 1, 4);
    makeStable(first, 4);
    const second = forgetful({ view: 0, slot: 6 }, recordsOf(first));
    equal(second.machine.status()["silentUpTo"], 6);
    equal(second.machine.status().slot, 4);
    bring(second, 5, 8);
    makeStable(second, 8);
    second.tell("r0", second.prePrepare(9, batchOf(second, 9)));
    const third = forgetful({ view: 0, slot: 6 }, [...recordsOf(first), ...recordsOf(second)]);
    equal(third.machine.status()["silentUpTo"], undefined);
    const other = third.prePrepare(9, [third.request("c8", 1)]);
    deepEqual(objectionsIn(third.tell("r0", other)), ["conflicting pre-prepare"]);
  });
});
