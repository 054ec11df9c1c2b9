import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { deliveredIn, kindsIn, messagesIn, objectionsIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

/** What is on the disk of a replica, as read back from one. */
const recordsOf = (rig: Rig): readonly Json[] =>
  rig.effects.flatMap((effect) =>
    effect.kind === "persist" ? [structuredClone(effect.record)] : [],
  );

/** The next life of a replica, with the first records of its disk; all of them unless told otherwise. */
function reborn(rig: Rig, count = Number.POSITIVE_INFINITY): Rig {
  const next = rigOf({ id: rig.id, n: rig.n });
  next.start(recordsOf(rig).slice(0, count));
  return next;
}

/** r1 of n = 4 has executed slot 1, prepared slot 2 and accepted slot 3, when it dies. */
function lifeOf(): Rig {
  const rig = rigOf({ id: "r1" });
  rig.round(1, [rig.request("c0", 1)]);
  const second = rig.prePrepare(2, [rig.request("c0", 2)]);
  rig.tell("r0", second);
  rig.tell("r2", rig.prepare("r2", second));
  rig.tell("r0", rig.prePrepare(3, [rig.request("c0", 3)]));
  return rig;
}

describe("what is on disk before it is said", () => {
  test("what it accepted, what prepared, that it leaves a view, that one begins", () => {
    const rig = rigOf({ id: "r1" });
    rig.round(1, [rig.request("c0", 1)]);
    rig.pass(rig.request("c0", 2));
    rig.timeOut("view");
    for (const id of ["r0", "r2"]) rig.tell(id, rig.viewChange(id, 1));
    const order = rig.effects.flatMap((effect) => {
      if (effect.kind === "broadcast") return [effect.message.kind];
      if (effect.kind !== "persist") return [];
      const { kind } = effect.record as { readonly kind: string };
      return [`[${kind}]`];
    });
    deepEqual(order, [
      "[accepted]",
      "prepare",
      "[prepared]",
      "commit",
      "[view change]",
      "view-change",
      "[new view]",
      "new-view",
      "[accepted]",
      "pre-prepare",
    ]);
  });
});

describe("a later life", () => {
  test("without records is a first life: it says nothing", () => {
    deepEqual(rigOf({ id: "r1" }).start([]), []);
  });

  test("with records asks at once what it missed", () => {
    const next = reborn(lifeOf());
    deepEqual(kindsIn(next.effects), ["fetch"]);
  });

  test("never votes for another value where it voted, whenever it died", () => {
    const rig = lifeOf();
    for (let count = 1; count <= recordsOf(rig).length; count += 1) {
      const voted = recordsOf(rig)
        .slice(0, count)
        .filter((record) => (record as { readonly kind: string }).kind === "accepted").length;
      const next = reborn(rig, count);
      for (let sequence = 1; sequence <= voted; sequence += 1) {
        const other = next.prePrepare(sequence, [next.request("c7", 1)]);
        deepEqual(objectionsIn(next.tell("r0", other)), ["conflicting pre-prepare"]);
      }
    }
  });

  test("says its old votes again to who asks, the very same ones", () => {
    const rig = lifeOf();
    const asks = (told: Rig) =>
      told.tell("r3", {
        kind: "fetch",
        view: 0,
        isViewChanging: false,
        viewChanges: [],
        stable: 0,
        executed: 1,
        supplier: "r2",
        replica: "r3",
      });
    const votes = messagesIn(asks(reborn(rig)));
    deepEqual(
      votes.filter((vote) => !("sequence" in vote) || vote.sequence > 1),
      messagesIn(asks(rig)),
    );
  });

  test("still shows what prepared when it leaves its view", () => {
    const next = reborn(lifeOf());
    const viewChange = messagesIn(next.timeOut("view")).find(({ kind }) => kind === "view-change");
    const prepared = viewChange?.kind === "view-change" ? viewChange.prepared : [];
    deepEqual(
      prepared.map(({ prePrepare }) => prePrepare.message.sequence),
      [1, 2],
    );
    // And whoever checks these certificates finds them sound.
    if (viewChange !== undefined)
      deepEqual(objectionsIn(rigOf({ id: "r3" }).tell("r1", viewChange)), []);
  });

  test("stays out of a view that it has left", () => {
    const rig = lifeOf();
    rig.timeOut("view");
    const next = reborn(rig);
    equal(next.machine.status().view, 1);
    equal(next.machine.status()["isViewChanging"], true);
    const proposal = next.prePrepare(4, [next.request("c0", 4)]);
    deepEqual(objectionsIn(next.tell("r0", proposal)), ["earlier view"]);
    deepEqual(kindsIn(next.timeOut("catch-up")), ["view-change", "fetch"]);
  });

  test("is in the view that had begun, with its proposals, and can tell others of it", () => {
    const rig = lifeOf();
    rig.timeOut("view");
    for (const id of ["r0", "r2"]) rig.tell(id, rig.viewChange(id, 1));
    const next = reborn(rig);
    equal(next.machine.status().view, 1);
    equal(next.machine.status()["isViewChanging"], false);
    deepEqual(
      next.machine.log(1, 9).map(({ slot, view, state }) => [slot, view, state]),
      rig.machine
        .log(1, 9)
        .map(({ slot, view, state }) => [slot, view, slot === 1 ? "proposed" : state]),
    );
    // The primary of that view goes on above what it proposed.
    const effects = next.pass(next.request("c5", 1));
    const sequences = messagesIn(effects).flatMap((message) =>
      message.kind === "pre-prepare" ? [message.sequence] : [],
    );
    const before = messagesIn(rig.effects).flatMap((message) =>
      message.kind === "pre-prepare" ? [message.sequence] : [],
    );
    deepEqual(sequences, [Math.max(2, ...before) + 1]);
  });

  test("is in the view that somebody else began", () => {
    const rig = lifeOf();
    const viewChanges = ["r2", "r0", "r3"].map((id) => rig.sign(id, rig.viewChange(id, 2)));
    rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares: [] });
    const next = reborn(rig);
    equal(next.machine.status().view, 2);
    const old = next.prePrepare(4, [next.request("c0", 4)]);
    deepEqual(objectionsIn(next.tell("r0", old)), ["earlier view"]);
    deepEqual(kindsIn(next.tell("r2", next.prePrepare(1, [next.request("c0", 4)], 2))), [
      "prepare",
    ]);
  });

  test("goes on from its last stable checkpoint without anybody's help", () => {
    const rig = rigOf({ id: "r1" });
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      rig.round(sequence, [rig.request("c0", sequence)]);
    }
    const own = messagesIn(rig.effects).find(({ kind }) => kind === "checkpoint");
    const digest = own?.kind === "checkpoint" ? own.digest : "";
    for (const id of ["r0", "r2"]) rig.tell(id, rig.checkpoint(id, 4, digest));
    const next = reborn(rig);
    const { slot, lowWatermark, waiting, history } = next.machine.status();
    deepEqual([slot, lowWatermark, waiting], [4, 4, 0]);
    equal(history, rig.machine.status()["history"]);
    next.round(5, [next.request("c0", 5)]);
    deepEqual(deliveredIn(next.effects), [5]);
  });

  test("has every state that it signed, stable or not, and says that it signed it", () => {
    const rig = rigOf({ id: "r1" });
    for (let sequence = 1; sequence <= 4; sequence += 1) {
      rig.round(sequence, [rig.request("c0", sequence)]);
    }
    const kinds = recordsOf(rig).map((record) => (record as { readonly kind: string }).kind);
    ok(kinds.includes("checkpoint"));
    const next = reborn(rig);
    const { slot, lowWatermark } = next.machine.status();
    deepEqual([slot, lowWatermark], [4, 0]);
    const asked = next.tell("r3", {
      kind: "fetch",
      view: 0,
      isViewChanging: true,
      viewChanges: [],
      stable: 0,
      executed: 0,
      supplier: "r2",
      replica: "r3",
    });
    const own = messagesIn(rig.effects).filter(({ kind }) => kind === "checkpoint");
    deepEqual(messagesIn(asked), own);
    // It makes that checkpoint stable with two others' votes, as if nothing had happened.
    const digest = own[0]?.kind === "checkpoint" ? own[0].digest : "";
    for (const id of ["r0", "r2"]) next.tell(id, next.checkpoint(id, 4, digest));
    equal(next.machine.status()["lowWatermark"], 4);
  });

  test("alone (n = 1) has executed everything again before it answers", () => {
    const rig = rigOf({ id: "r0", n: 1 });
    for (let timestamp = 1; timestamp <= 3; timestamp += 1) rig.pass(rig.request("c0", timestamp));
    const next = reborn(rig);
    deepEqual(deliveredIn(next.effects), [1, 2, 3]);
    deepEqual(kindsIn(next.pass(next.request("c0", 3))), ["reply"]);
  });

  test("does not start from what is no record", () => {
    for (const record of [null, {}, { kind: "accepted" }, { kind: "view change", view: -1 }]) {
      throws(() => rigOf({ id: "r1" }).start([record]), /a record on disk/);
    }
  });
});
