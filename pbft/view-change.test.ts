import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { replicaIds } from "../core/ids.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { Batch, NewView, PreparedCertificate, ViewChange } from "./messages.ts";
import { deliveredIn, kindsIn, messagesIn, objectionsIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

const viewOf = (rig: Rig) => rig.machine.status().view;
const isChanging = (rig: Rig) => rig.machine.status()["isViewChanging"];
const viewChangesIn = (effects: Rig["effects"]): readonly ViewChange[] =>
  messagesIn(effects).filter((message) => message.kind === "view-change");
const newViewsIn = (effects: Rig["effects"]): readonly NewView[] =>
  messagesIn(effects).filter((message) => message.kind === "new-view");
const startsIn = (effects: Rig["effects"]) =>
  effects.flatMap((effect) =>
    effect.kind === "start-timer" && effect.timer === "view" ? [effect.afterMs] : [],
  );

/** r1 of n = 4 that gave up view 0 because a request waits. */
function impatientRig(options: Partial<RigOptions> = {}): Rig {
  const rig = rigOf({ id: "r1", ...options });
  rig.pass(rig.request("c8", 1));
  rig.timeOut("view");
  return rig;
}

/** The new view that its primary would announce if just this had prepared. */
function tellNewView(rig: Rig, view: number, prepared: readonly PreparedCertificate[] = []) {
  const replicas = replicaIds(rig.n);
  const primary = replicas[view % rig.n] ?? "";
  const others = replicas.filter((replica) => replica !== primary);
  const viewChanges = [primary, ...others]
    .slice(0, rig.quorum)
    .map((sender) =>
      rig.sign(sender, rig.viewChange(sender, view, sender === primary ? { prepared } : {})),
    );
  const last = Math.max(0, ...prepared.map(({ prePrepare }) => prePrepare.message.sequence));
  const prePrepares = Array.from({ length: last }, (_, index) => {
    const found = prepared.find(({ prePrepare }) => prePrepare.message.sequence === index + 1);
    const batch: Batch = found?.prePrepare.message.batch ?? [];
    return rig.sign(primary, { ...rig.prePrepare(index + 1, batch, view), batch: [] });
  });
  return rig.tell(primary, { kind: "new-view", view, viewChanges, prePrepares });
}

describe("giving a primary up (§4.4)", () => {
  test("takes a time-out of the view timer", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c0", 1));
    deepEqual(kindsIn(rig.timeOut("view")), ["view-change"]);
    equal(viewOf(rig), 1);
    equal(isChanging(rig), true);
  });

  test("shows the stable checkpoint with its proof, and what prepared above it", () => {
    const rig = rigOf({ id: "r3", checkpointInterval: 2 });
    for (const sequence of [1, 2, 3]) rig.round(sequence, [rig.request("c0", sequence)]);
    const own = messagesIn(rig.effects).find((message) => message.kind === "checkpoint");
    ok(own?.kind === "checkpoint");
    for (const replica of ["r0", "r1"]) rig.tell(replica, rig.checkpoint(replica, 2, own.digest));
    // Prepared, not committed: belongs in. Only proposed: does not.
    const prepared = rig.prePrepare(4, [rig.request("c0", 4)]);
    rig.tell("r0", prepared);
    rig.tell("r1", rig.prepare("r1", prepared));
    rig.tell("r0", rig.prePrepare(5, [rig.request("c0", 5)]));
    const [viewChange] = viewChangesIn([...rig.timeOut("view")]);
    equal(viewChange?.stable, 2);
    deepEqual(new Set(viewChange?.proof.map(({ from }) => from)), new Set(["r0", "r1", "r3"]));
    deepEqual(
      viewChange?.prepared.map(({ prePrepare, prepares }) => [
        prePrepare.message.sequence,
        prepares.length,
      ]),
      [
        [3, 2],
        [4, 2],
      ],
    );
    // Anybody who checks it finds nothing wrong.
    deepEqual(objectionsIn(rigOf({ id: "r2", checkpointInterval: 2 }).tell("r3", viewChange)), []);
  });

  test("still shows what prepared two views ago, though the view between did not take it up", () => {
    const rig = rigOf({ id: "r3" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    rig.tell("r1", rig.prepare("r1", proposal));
    tellNewView(rig, 2);
    const [viewChange] = viewChangesIn([...rig.timeOut("view")]);
    equal(viewChange?.view, 3);
    deepEqual(
      viewChange?.prepared.map(({ prePrepare }) => prePrepare.message),
      [proposal],
    );
  });

  test("D08, S2, I15: from then on votes of the old view count for nothing", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    rig.tell("r2", rig.prepare("r2", proposal));
    rig.tell("r2", rig.commit("r2", proposal));
    rig.timeOut("view");
    deepEqual(kindsIn(rig.tell("r3", rig.commit("r3", proposal))), []);
    deepEqual(kindsIn(rig.tell("r0", rig.commit("r0", proposal))), []);
    deepEqual(deliveredIn(rig.effects), []);
    deepEqual(objectionsIn(rig.effects), ["earlier view", "earlier view"]);
  });

  test("S2 what comes for the view it wants counts for nothing before that has begun", () => {
    const rig = impatientRig({ id: "r3" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)], 1);
    deepEqual(kindsIn(rig.tell("r1", proposal)), []);
    for (const id of ["r0", "r2"]) deepEqual(kindsIn(rig.tell(id, rig.prepare(id, proposal))), []);
    deepEqual(rig.machine.log(1, 1), []);
    const kinds = kindsIn(tellNewView(rig, 1));
    deepEqual(
      kinds.filter((kind) => kind !== "request"),
      ["prepare", "commit"],
    );
  });

  test("what comes early for the next view is kept, and counts when it has begun", () => {
    const rig = impatientRig();
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)], 2);
    deepEqual(kindsIn(rig.tell("r2", proposal)), []);
    deepEqual(kindsIn(rig.tell("r3", rig.prepare("r3", proposal))), []);
    const kinds = kindsIn(tellNewView(rig, 2));
    deepEqual(
      kinds.filter((kind) => kind !== "request"),
      ["prepare", "commit"],
    );
  });
});

describe("following others (§4.5.2)", () => {
  test("f + 1 view-changes take it along before its own timer fires, f do not", () => {
    const rig = rigOf({ id: "r0", n: 7 });
    for (const replica of ["r4", "r5"]) rig.tell(replica, rig.viewChange(replica, 1));
    equal(isChanging(rig), false);
    deepEqual(kindsIn(rig.tell("r6", rig.viewChange("r6", 1))), ["view-change"]);
    equal(viewOf(rig), 1);
  });

  test("D06 to the smallest view of these: 3 of 3 and 5", () => {
    const rig = rigOf({ id: "r0" });
    rig.tell("r2", rig.viewChange("r2", 3));
    const [own] = viewChangesIn([...rig.tell("r3", rig.viewChange("r3", 5))]);
    equal(own?.view, 3);
    equal(viewOf(rig), 3);
  });

  test("D05 one replica that asks for views 1 to 50 takes nobody along", () => {
    const rig = rigOf({ id: "r0" });
    for (let view = 1; view <= 50; view += 1) rig.tell("r3", rig.viewChange("r3", view));
    equal(viewOf(rig), 0);
    equal(isChanging(rig), false);
    deepEqual(kindsIn(rig.effects), []);
  });

  test("O1 the same replica's view-change twice counts once", () => {
    const rig = rigOf({ id: "r0" });
    for (let copy = 0; copy < 3; copy += 1) rig.tell("r3", rig.viewChange("r3", 1));
    equal(isChanging(rig), false);
    deepEqual(objectionsIn(rig.effects), []);
  });
});

describe("a new view (§4.4)", () => {
  test("is announced by its primary with q view-changes, its own among them, not with one less", () => {
    const rig = impatientRig();
    deepEqual(newViewsIn([...rig.tell("r2", rig.viewChange("r2", 1))]), []);
    const [newView] = newViewsIn([...rig.tell("r3", rig.viewChange("r3", 1))]);
    deepEqual(
      newView?.viewChanges.map(({ from }) => from),
      ["r1", "r2", "r3"],
    );
    equal(isChanging(rig), false);
  });

  test("is announced by nobody else", () => {
    const rig = rigOf({ id: "r2" });
    for (const replica of ["r0", "r3", "r1"]) rig.tell(replica, rig.viewChange(replica, 1));
    deepEqual(newViewsIn(rig.effects), []);
  });

  test("O1 belongs to replica 0 again after the last one", () => {
    const rig = rigOf({ id: "r0" });
    for (const replica of ["r1", "r2"]) rig.tell(replica, rig.viewChange(replica, 4));
    equal(newViewsIn(rig.effects)[0]?.view, 4);
  });

  test("S1 counts the primary's own view-change once", () => {
    const rig = impatientRig();
    rig.tell("r1", rig.viewChange("r1", 1));
    rig.tell("r2", rig.viewChange("r2", 1));
    deepEqual(newViewsIn(rig.effects), []);
  });

  test("proposes again what prepared, null in the gaps, and goes on above", () => {
    const rig = impatientRig();
    const certificates = [
      rig.prepared(1, [rig.request("c0", 1)]),
      rig.prepared(3, [rig.request("c2", 1)]),
    ];
    rig.tell("r2", rig.viewChange("r2", 1, { prepared: certificates }));
    const effects = [...rig.tell("r3", rig.viewChange("r3", 1))];
    const proposed = newViewsIn(effects)[0]?.prePrepares.map(({ message }) => message);
    const [first, , third] = [1, 2, 3].map((sequence) =>
      proposed?.find((message) => message.sequence === sequence),
    );
    equal(first?.digest, certificates[0]?.prePrepare.message.digest);
    equal(proposed?.[1]?.digest, rig.digestOf([]));
    equal(third?.digest, certificates[1]?.prePrepare.message.digest);
    // The request that waits here comes next.
    const next = messagesIn(effects).find((message) => message.kind === "pre-prepare");
    equal(next?.kind === "pre-prepare" && next.sequence, 4);
  });

  test("F8 K = 2, three executed, r2 and r3 change views: r1 follows, checkpoint 2, O = {3}", () => {
    const rig = rigOf({ id: "r1", checkpointInterval: 2 });
    for (const sequence of [1, 2, 3]) rig.round(sequence, [rig.request("c0", sequence)]);
    const own = messagesIn(rig.effects).find((message) => message.kind === "checkpoint");
    ok(own?.kind === "checkpoint");
    for (const id of ["r2", "r3"]) rig.tell(id, rig.checkpoint(id, 2, own.digest));
    const change = {
      stable: 2,
      proof: rig.proof(2, own.digest),
      prepared: [rig.prepared(3, [rig.request("c0", 3)])],
    };
    rig.tell("r2", rig.viewChange("r2", 1, change));
    const effects = [...rig.tell("r3", rig.viewChange("r3", 1, change))];
    deepEqual(
      viewChangesIn(effects).map(({ view, stable }) => [view, stable]),
      [[1, 2]],
    );
    const [newView] = newViewsIn(effects);
    deepEqual(
      newView?.prePrepares.map(({ message }) => message.sequence),
      [3],
    );
    equal(rig.machine.status()["lowWatermark"], 2);
    deepEqual(deliveredIn(rig.effects), [1, 2, 3]);
  });

  test("is refused unless O is what follows from V (null instead of what prepared)", () => {
    const rig = impatientRig();
    const viewChanges = ["r2", "r0", "r3"].map((sender) =>
      rig.sign(
        sender,
        rig.viewChange(sender, 2, { prepared: [rig.prepared(1, [rig.request("c0", 1)])] }),
      ),
    );
    const prePrepares = [rig.sign("r2", rig.prePrepare(1, [], 2))];
    const effects = rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares });
    deepEqual(objectionsIn(effects), ["not the proposals that follow"]);
    equal(isChanging(rig), true);
  });

  test("prefers the certificate of the highest view", () => {
    const rig = impatientRig();
    const old = rig.prepared(1, [rig.request("c0", 1)], 0);
    const young = rig.prepared(1, [rig.request("c1", 1)], 2);
    const viewChanges = ["r3", "r0", "r2"].map((sender, index) =>
      rig.sign(sender, rig.viewChange(sender, 3, { prepared: index === 1 ? [young] : [old] })),
    );
    const tell = (batch: Batch) =>
      rig.tell("r3", {
        kind: "new-view",
        view: 3,
        viewChanges,
        prePrepares: [rig.sign("r3", { ...rig.prePrepare(1, batch, 3), batch: [] })],
      });
    deepEqual(objectionsIn(tell(old.prePrepare.message.batch)), ["not the proposals that follow"]);
    deepEqual(objectionsIn(tell(young.prePrepare.message.batch)), []);
    equal(viewOf(rig), 3);
  });

  test("runs what prepared once more, and executes it only once", () => {
    const rig = rigOf({ id: "r1" });
    const batch = [rig.request("c0", 1)];
    rig.round(1, batch);
    tellNewView(rig, 2, [rig.prepared(1, batch)]);
    rig.round(1, batch, 2);
    rig.round(2, [rig.request("c0", 2)], 2);
    deepEqual(deliveredIn(rig.effects), [1, 2]);
    equal(rig.machine.log(1, 1)[0]?.view, 2);
  });

  test("null requests execute nothing", () => {
    const rig = rigOf({ id: "r1" });
    const batch = [rig.request("c0", 1)];
    tellNewView(rig, 2, [rig.prepared(2, batch)]);
    for (const [sequence, proposed] of [
      [1, []],
      [2, batch],
    ] as const) {
      const slot = rig.prePrepare(sequence, proposed, 2);
      for (const replica of ["r0", "r3"]) rig.tell(replica, rig.prepare(replica, slot));
      for (const replica of ["r0", "r2", "r3"]) rig.tell(replica, rig.commit(replica, slot));
    }
    const executed = rig.effects.flatMap((effect) =>
      effect.kind === "deliver" ? [effect.delivery.executed.length] : [],
    );
    deepEqual(executed, [0, 1]);
  });

  test("takes requests along that are in nobody's certificate: they go to the new primary", () => {
    const rig = impatientRig();
    const effects = tellNewView(rig, 2);
    const forwarded = effects.flatMap((effect) =>
      effect.kind === "forward" ? [[effect.to, effect.signed.message]] : [],
    );
    deepEqual(forwarded, [["r2", rig.request("c8", 1).message]]);
  });

  test("brings the low watermark of its checkpoint, even to a replica that lacks that state", () => {
    const rig = rigOf({ id: "r1", checkpointInterval: 2 });
    const proof = rig.proof(2, rig.digest("state"));
    const viewChanges = ["r2", "r0", "r3"].map((sender) =>
      rig.sign(sender, rig.viewChange(sender, 2, { stable: 2, proof })),
    );
    const effects = rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares: [] });
    equal(rig.machine.status()["lowWatermark"], 2);
    deepEqual(kindsIn(effects), ["fetch"]);
  });

  test("costs no second look at view-changes that were checked when they came", () => {
    const rig = impatientRig({ id: "r3" });
    const prepared = [rig.prepared(1, [rig.request("c0", 1)])];
    const viewChanges = ["r2", "r0", "r1"].map((sender) =>
      rig.sign(sender, rig.viewChange(sender, 2, { prepared })),
    );
    for (const viewChange of viewChanges) rig.pass(viewChange);
    const checked = rig.verifications;
    equal(checked, 9);
    const prePrepares = [
      rig.sign("r2", { ...rig.prePrepare(1, [rig.request("c0", 1)], 2), batch: [] }),
    ];
    rig.tell("r2", { kind: "new-view", view: 2, viewChanges, prePrepares });
    equal(viewOf(rig), 2);
    // The primary's signature in O, and the client's on a request that came in a certificate.
    equal(rig.verifications - checked, 2);
  });

  test("costs no look at votes that the replica holds itself", () => {
    const rig = rigOf({ id: "r3" });
    const batch = [rig.request("c0", 1)];
    const proposal = rig.prePrepare(1, batch);
    rig.pass(rig.request("c0", 1));
    rig.tell("r0", proposal);
    for (const backup of ["r1", "r2"]) rig.tell(backup, rig.prepare(backup, proposal));
    const before = rig.verifications;
    rig.tell("r1", rig.viewChange("r1", 1, { prepared: [rig.prepared(1, batch)] }));
    equal(rig.verifications, before);
  });
});

describe("time-outs (§4.5.2, F14)", () => {
  /** r6 of n = 7 after three views in a row in which nothing was executed. */
  function disappointedRig(): Rig {
    const rig = impatientRig({ id: "r6", n: 7 });
    for (const view of [1, 2, 3]) {
      for (const replica of ["r0", "r1", "r2", "r3"]) {
        rig.tell(replica, rig.viewChange(replica, view));
      }
      if (view < 3) rig.timeOut("view");
    }
    return rig;
  }

  test("the new view has T to begin once q replicas want it, the next one 2T, then 4T", () => {
    const [request, ...newViews] = startsIn(disappointedRig().effects);
    equal(request, 500);
    deepEqual(newViews, [500, 1000, 2000]);
  });

  test("a replica alone in its view change waits: its timer does not run", () => {
    const rig = impatientRig({ id: "r3" });
    deepEqual(kindsIn(rig.timeOut("view")), []);
    equal(viewOf(rig), 1);
  });

  test("requests that come during a view change neither start nor lengthen a timer", () => {
    const rig = impatientRig({ id: "r3" });
    for (const replica of ["r0", "r1"]) rig.tell(replica, rig.viewChange(replica, 1));
    const seen = rig.effects.length;
    rig.pass(rig.request("c1", 1));
    rig.pass(rig.request("c2", 1));
    deepEqual(startsIn(rig.effects.slice(seen)), []);
  });

  test("view-changes for later views count for the patience with this one", () => {
    const rig = rigOf({ id: "r3", n: 7 });
    rig.pass(rig.request("c8", 1));
    rig.timeOut("view");
    const seen = rig.effects.length;
    for (const [replica, view] of [
      ["r1", 1],
      ["r2", 1],
      ["r4", 2],
      ["r5", 2],
    ] as const) {
      rig.tell(replica, rig.viewChange(replica, view));
    }
    deepEqual(startsIn(rig.effects.slice(seen)), [500]);
  });

  test("doublings come down again, one a slot, as requests are executed", () => {
    const rig = disappointedRig();
    const patience = [1, 2, 3, 4].map((sequence) => {
      const seen = rig.effects.length;
      const request = rig.request("c8", sequence);
      if (sequence === 1) tellNewView(rig, 4);
      else rig.pass(request);
      rig.round(sequence, [request], 4);
      return startsIn(rig.effects.slice(seen));
    });
    deepEqual(patience, [[2000], [1000], [500], [500]]);
  });

  test("the primary of a view does not suspect itself", () => {
    const rig = rigOf({ id: "r0" });
    rig.pass(rig.request("c0", 1));
    deepEqual(startsIn(rig.effects), []);
  });
});
