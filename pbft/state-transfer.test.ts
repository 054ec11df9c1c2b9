import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { Committed, Fetch, PbftMessage, State } from "./messages.ts";
import {
  deliveredIn,
  kindsIn,
  marksIn,
  messagesIn,
  objectionsIn,
  Rig,
  type RigOptions,
} from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

const batchAt = (rig: Rig, sequence: number) => [rig.request("c0", sequence)];

/** A replica that executed these many slots; those up to the last checkpoint are stable. */
function aheadRig(slots: number, options: RigOptions): Rig {
  const rig = rigOf(options);
  for (let sequence = 1; sequence <= slots; sequence += 1) {
    rig.round(sequence, batchAt(rig, sequence));
    const own = messagesIn(rig.effects).findLast((message) => message.kind === "checkpoint");
    if (own?.sequence !== sequence) continue;
    for (const replica of ["r0", "r1", "r2", "r3"].filter((id) => id !== rig.id)) {
      rig.tell(replica, rig.checkpoint(replica, sequence, own.digest));
    }
  }
  return rig;
}

const fetchOf = (replica: string, supplier: string, change: Partial<Fetch> = {}): Fetch => ({
  kind: "fetch",
  view: 0,
  isViewChanging: false,
  viewChanges: [],
  stable: 0,
  executed: 0,
  supplier,
  replica,
  ...change,
});

const only = <K extends PbftMessage["kind"]>(effects: Rig["effects"], kind: K) =>
  messagesIn(effects).filter(
    (message): message is Extract<PbftMessage, { kind: K }> => message.kind === kind,
  );

describe("noticing that it is behind", () => {
  test("f + 1 commits for a slot that it cannot follow, and nothing moves: it asks everybody, one in full", () => {
    const rig = rigOf({ id: "r3" });
    const proposal = rig.prePrepare(1, batchAt(rig, 1));
    rig.tell("r1", rig.commit("r1", proposal));
    deepEqual(rig.effects, []);
    const effects = rig.tell("r2", rig.commit("r2", proposal));
    deepEqual(effects, [{ kind: "start-timer", timer: "catch-up", afterMs: 250 }]);
    const asked = rig.timeOut("catch-up");
    const [fetch] = only([...asked], "fetch");
    equal(fetch?.executed, 0);
    ok(fetch?.supplier !== "r3");
    deepEqual(asked[0]?.kind === "broadcast" && asked[0].to, ["r0", "r1", "r2"]);
  });

  test("one replica's claims, however high, start nothing", () => {
    const rig = rigOf({ id: "r3" });
    for (const sequence of [1, 100, 1e15]) {
      rig.tell("r1", rig.commit("r1", rig.prePrepare(sequence, [])));
    }
    rig.tell("r1", rig.checkpoint("r1", 4e9, "d"));
    deepEqual(kindsIn(rig.effects), []);
    equal(
      rig.effects.some(({ kind }) => kind === "start-timer"),
      false,
    );
  });

  for (const [what, say] of [
    ["commits beyond its window", (rig: Rig, id: string) => rig.commit(id, rig.prePrepare(50, []))],
    ["checkpoints beyond its window", (rig: Rig, id: string) => rig.checkpoint(id, 40, "d")],
    ["votes of a later view", (rig: Rig, id: string) => rig.prepare(id, rig.prePrepare(1, [], 3))],
  ] as const) {
    test(`${what}, of f + 1 replicas: it asks`, () => {
      const rig = rigOf({ id: "r0" });
      for (const id of ["r1", "r2"]) rig.tell(id, say(rig, id));
      equal(only([...rig.timeOut("catch-up")], "fetch").length, 1);
    });
  }

  test("as long as it gets further by itself its timer starts anew", () => {
    const rig = rigOf({ id: "r3" });
    for (const id of ["r1", "r2"]) rig.tell(id, rig.commit(id, rig.prePrepare(3, [])));
    const seen = rig.effects.length;
    for (const sequence of [1, 2]) rig.round(sequence, batchAt(rig, sequence));
    const starts = rig.effects
      .slice(seen)
      .filter((effect) => effect.kind === "start-timer" && effect.timer === "catch-up");
    equal(starts.length, 2);
    deepEqual(kindsIn(rig.timeOut("catch-up")), ["fetch"]);
  });

  test("asked in vain, it asks another one of those who are ahead, less and less often", () => {
    const rig = rigOf({ id: "r3" });
    for (const id of ["r0", "r2"]) rig.tell(id, rig.commit(id, rig.prePrepare(1, [])));
    const steps = Array.from({ length: 7 }, () => [...rig.timeOut("catch-up")]);
    const suppliers = steps.flatMap((effects) =>
      only(effects, "fetch").map(({ supplier }) => supplier),
    );
    deepEqual(new Set(suppliers), new Set(["r0", "r2"]));
    const pauses = steps.flatMap((effects) =>
      effects.flatMap((effect) => (effect.kind === "start-timer" ? [effect.afterMs] : [])),
    );
    equal(Math.max(...pauses), 4000);
    deepEqual(
      pauses,
      pauses.toSorted((a, b) => a - b),
    );
  });

  test("if nobody seems to be ahead, or only as many as may lie, it asks everybody in turn", () => {
    const rig = rigOf({ id: "r3" });
    rig.pass(rig.request("c0", 1));
    rig.tell("r1", rig.commit("r1", rig.prePrepare(5, [])));
    const suppliers = [1, 2, 3].flatMap(() =>
      only([...rig.timeOut("catch-up")], "fetch").map(({ supplier }) => supplier),
    );
    deepEqual(new Set(suppliers), new Set(["r0", "r1", "r2"]));
  });

  test("asked in vain, it is quick again as soon as others get on", () => {
    const rig = rigOf({ id: "r3" });
    const heardAt = (sequence: number) =>
      ["r1", "r2"].flatMap((id) => rig.tell(id, rig.commit(id, rig.prePrepare(sequence, []))));
    heardAt(1);
    for (let step = 0; step < 6; step += 1) rig.timeOut("catch-up");
    const starts = [2, 3].map((sequence) =>
      heardAt(sequence).flatMap((effect) =>
        effect.kind === "start-timer" ? [effect.afterMs] : [],
      ),
    );
    // Once only: or those who are always getting on would keep the timer from ever running out.
    deepEqual(starts, [[250], []]);
  });

  test("while it changes views it says so again to those who do not seem to know", () => {
    const rig = rigOf({ id: "r3" });
    rig.pass(rig.request("c8", 1));
    rig.timeOut("view");
    rig.tell("r2", rig.viewChange("r2", 1));
    const [repeated, asked] = rig.timeOut("catch-up");
    equal(repeated?.kind === "broadcast" && repeated.message.kind, "view-change");
    deepEqual(repeated?.kind === "broadcast" && repeated.to, ["r0", "r1"]);
    const fetch = asked?.kind === "broadcast" ? asked.message : undefined;
    deepEqual(fetch?.kind === "fetch" && fetch.viewChanges, ["r3", "r2"]);
  });
});

describe("being asked", () => {
  test("in full: the stable state with its proof, and what committed since", () => {
    const rig = aheadRig(6, { id: "r1" });
    const effects = [...rig.tell("r3", fetchOf("r3", "r1"))];
    const [state] = only(effects, "state");
    const [committed] = only(effects, "committed");
    equal(state?.sequence, 4);
    equal(new Set(state?.proof.map(({ from }) => from)).size, 3);
    deepEqual(
      committed?.slots.map(({ sequence }) => sequence),
      [5, 6],
    );
  });

  test("by one that has the state but missed its proof: the proof", () => {
    const rig = aheadRig(5, { id: "r1" });
    const effects = [...rig.tell("r3", fetchOf("r3", "r1", { executed: 5 }))];
    deepEqual(kindsIn(effects), ["checkpoint", "checkpoint", "checkpoint"]);
  });

  test("without being the one to answer in full: only its own votes on what is under way", () => {
    const rig = aheadRig(2, { id: "r1" });
    rig.tell("r0", rig.prePrepare(3, batchAt(rig, 3)));
    rig.tell("r2", rig.prepare("r2", rig.prePrepare(3, batchAt(rig, 3))));
    const effects = [...rig.tell("r3", fetchOf("r3", "r2", { executed: 2 }))];
    deepEqual(
      messagesIn(effects).map(({ kind }) => kind),
      ["prepare", "commit"],
    );
    ok(effects.every((effect) => effect.kind !== "forward" || effect.signed.from === "r1"));
  });

  test("the primary also says its pre-prepare again", () => {
    const rig = rigOf({ id: "r0" });
    rig.pass(rig.request("c0", 1));
    deepEqual(kindsIn(rig.tell("r3", fetchOf("r3", "r2"))), ["pre-prepare"]);
  });

  test("by one that missed the new view: the new view, as its primary signed it", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c8", 1));
    rig.timeOut("view");
    for (const id of ["r0", "r2"]) rig.tell(id, rig.viewChange(id, 1));
    const effects = rig.tell("r3", fetchOf("r3", "r1", { view: 1, isViewChanging: true }));
    const [forward] = effects.filter(({ kind }) => kind === "forward");
    equal(forward?.kind === "forward" && forward.signed.message.kind, "new-view");
    equal(forward?.kind === "forward" && forward.signed.from, "r1");
  });

  test("by one whose window is full: its own checkpoints, though not stable here either", () => {
    const rig = rigOf({ id: "r1" });
    for (let sequence = 1; sequence <= 8; sequence += 1)
      rig.round(sequence, batchAt(rig, sequence));
    const asked = fetchOf("r3", "r2", { stable: 4, executed: 12 });
    const effects = [...rig.tell("r3", asked)];
    deepEqual(
      only(effects, "checkpoint").map(({ sequence, replica }) => [sequence, replica]),
      [[8, "r1"]],
    );
  });

  test("by one that wants the same view and has not heard of it: its view-change", () => {
    const rig = rigOf({ id: "r3" });
    rig.pass(rig.request("c8", 1));
    rig.timeOut("view");
    const asks = (viewChanges: readonly string[]) =>
      kindsIn(rig.tell("r2", fetchOf("r2", "r1", { view: 1, isViewChanging: true, viewChanges })));
    deepEqual(asks(["r2", "r3"]), []);
    rig.now += 125;
    deepEqual(asks(["r2"]), ["view-change"]);
  });

  test("again and again at the same place: one answer in a while; further on: at once", () => {
    const rig = aheadRig(3, { id: "r1" });
    equal(kindsIn(rig.tell("r3", fetchOf("r3", "r1"))).length, 1);
    deepEqual(objectionsIn(rig.tell("r3", fetchOf("r3", "r1"))), ["asks too often"]);
    equal(kindsIn(rig.tell("r3", fetchOf("r3", "r1", { executed: 1 }))).length, 1);
    rig.now += 125;
    equal(kindsIn(rig.tell("r3", fetchOf("r3", "r1"))).length, 1);
  });
});

describe("being helped", () => {
  test("commit certificates are executed in order, and clients are answered", () => {
    const rig = rigOf({ id: "r3" });
    const slots = [1, 2].map((sequence) => rig.committed(sequence, batchAt(rig, sequence)));
    const effects = [...rig.tell("r1", { kind: "committed", slots, replica: "r1" })];
    deepEqual(deliveredIn(effects), [1, 2]);
    equal(only(effects, "reply").length, 2);
  });

  test("certificates above a hole are not executed, nor those below what is done", () => {
    const rig = rigOf({ id: "r3" });
    rig.round(1, batchAt(rig, 1));
    const slots = [1, 3].map((sequence) => rig.committed(sequence, batchAt(rig, sequence)));
    deepEqual(deliveredIn(rig.tell("r1", { kind: "committed", slots, replica: "r1" })), []);
  });

  test("a certificate closes the hole below what had committed already", () => {
    const rig = rigOf({ id: "r3" });
    for (const sequence of [2, 3]) rig.round(sequence, batchAt(rig, sequence));
    const slots = [rig.committed(1, batchAt(rig, 1))];
    deepEqual(deliveredIn(rig.tell("r1", { kind: "committed", slots, replica: "r1" })), [1, 2, 3]);
  });

  test("a stable state is taken over: state, last replies, watermarks, what waits", () => {
    const [state] = only([...aheadRig(4, { id: "r1" }).tell("r3", fetchOf("r3", "r1"))], "state");
    ok(state);
    const rig = rigOf({ id: "r3" });
    rig.pass(rig.request("c0", 4));
    const effects = rig.tell("r1", state);
    deepEqual(marksIn(effects), ["stable checkpoint", "state transferred"]);
    const { slot, lowWatermark, waiting } = rig.machine.status();
    deepEqual([slot, lowWatermark, waiting], [4, 4, 0]);
    // It answers for what it never executed itself.
    const replies = only([...rig.pass(rig.request("c0", 4))], "reply");
    deepEqual(
      replies.map(({ result, sequence }) => [result, sequence]),
      [['"c0-4"', 4]],
    );
    // And goes on from there like everybody else, with the same next checkpoint.
    const other = aheadRig(8, { id: "r1" });
    for (let sequence = 5; sequence <= 8; sequence += 1)
      rig.round(sequence, batchAt(rig, sequence));
    const digests = [rig, other].map(({ effects }) => only(effects, "checkpoint").at(-1)?.digest);
    equal(digests[0], digests[1]);
  });

  test("helps on: what it was given it can give to others", () => {
    const state = only([...aheadRig(4, { id: "r1" }).tell("r3", fetchOf("r3", "r1"))], "state");
    const rig = rigOf({ id: "r3" });
    for (const message of state) rig.tell("r1", message);
    const slots = [rig.committed(5, batchAt(rig, 5))];
    rig.tell("r1", { kind: "committed", slots, replica: "r1" });
    const effects = rig.tell("r2", fetchOf("r2", "r3"));
    deepEqual(kindsIn(effects), ["state", "committed"]);
    deepEqual(only([...effects], "state")[0]?.snapshot, state[0]?.snapshot);
  });

  const poisons: readonly (readonly [string, (state: State, rig: Rig) => State])[] = [
    ["another snapshot", (state) => ({ ...state, snapshot: `${state.snapshot} ` })],
    ["another sequence", (state) => ({ ...state, sequence: 8 })],
    ["a proof of 2f", (state) => ({ ...state, proof: state.proof.slice(1) })],
    ["no proof", (state) => ({ ...state, proof: [] })],
    [
      "an invented proof",
      (state, rig) => ({
        ...state,
        snapshot: "[]",
        proof: state.proof.map(({ from }) => ({
          ...rig.sign("r1", rig.checkpoint(from, 4, rig.digest("[]"))),
          from,
        })),
      }),
    ],
  ];
  for (const [what, poison] of poisons) {
    test(`a poisoned state is refused: ${what}`, () => {
      const [state] = only([...aheadRig(4, { id: "r1" }).tell("r3", fetchOf("r3", "r1"))], "state");
      ok(state);
      const rig = rigOf({ id: "r3" });
      equal(objectionsIn(rig.tell("r1", poison(state, rig))).length, 1);
      equal(rig.machine.status().slot, 0);
    });
  }

  test("a poisoned certificate stops the list, what came before it counts", () => {
    const rig = rigOf({ id: "r3" });
    const good = rig.committed(1, batchAt(rig, 1));
    const bad = { ...rig.committed(2, batchAt(rig, 2)), batch: batchAt(rig, 3) };
    const message: Committed = { kind: "committed", slots: [good, bad], replica: "r1" };
    const effects = rig.tell("r1", message);
    deepEqual(deliveredIn(effects), [1]);
    deepEqual(objectionsIn(effects), ["certificate with another batch"]);
  });

  test("as long as there is more to come it asks on at once, the one who helped", () => {
    const rig = rigOf({ id: "r3" });
    for (const id of ["r1", "r2"]) rig.tell(id, rig.commit(id, rig.prePrepare(3, batchAt(rig, 3))));
    const [first] = only([...rig.timeOut("catch-up")], "fetch");
    const slots = [rig.committed(1, batchAt(rig, 1))];
    const effects = rig.tell("r1", { kind: "committed", slots, replica: "r1" });
    const [next] = only([...effects], "fetch");
    deepEqual([next?.executed, next?.supplier], [1, first?.supplier]);
  });

  test("works in the middle of a view change, too", () => {
    const rig = rigOf({ id: "r3" });
    rig.pass(rig.request("c8", 1));
    rig.timeOut("view");
    const slots = [rig.committed(1, batchAt(rig, 1))];
    deepEqual(deliveredIn(rig.tell("r1", { kind: "committed", slots, replica: "r1" })), [1]);
  });
});
