import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { Checkpoint } from "./messages.ts";
import { deliveredIn, kindsIn, marksIn, messagesIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };

/** A backup that executed these many slots, with K = 4. */
function executedRig(slots: number, options: Partial<RigOptions> = {}): Rig {
  const rig = new Rig(tools, { id: "r3", ...options });
  for (let sequence = 1; sequence <= slots; sequence += 1) {
    rig.round(sequence, [rig.request("c0", sequence)]);
  }
  return rig;
}

const ownCheckpoints = (rig: Rig): readonly Checkpoint[] =>
  messagesIn(rig.effects).filter((message) => message.kind === "checkpoint");

const low = (rig: Rig) => rig.machine.status()["lowWatermark"];

describe("checkpoints (§4.3)", () => {
  test("are sent every K slots, with the digest of the state", () => {
    const rig = executedRig(8);
    deepEqual(
      ownCheckpoints(rig).map(({ sequence }) => sequence),
      [4, 8],
    );
    const [first, second] = ownCheckpoints(rig);
    notEqual(first?.digest, second?.digest);
    deepEqual(
      ownCheckpoints(executedRig(8)).map(({ digest }) => digest),
      [first?.digest, second?.digest],
    );
  });

  // n, and how many votes of others make it stable beside its own: q − 1.
  for (const [n, needed] of [
    [4, 2],
    [5, 3],
    [6, 3],
    [7, 4],
  ] as const) {
    test(`of ${n} replicas are stable with ${needed} equal votes beside its own, not one less`, () => {
      const rig = executedRig(4, { n });
      const digest = ownCheckpoints(rig)[0]?.digest ?? "";
      for (let other = 0; other < needed; other += 1) {
        equal(low(rig), 0);
        rig.tell(
          `r${other === 3 ? 4 : other}`,
          rig.checkpoint(`r${other === 3 ? 4 : other}`, 4, digest),
        );
      }
      equal(low(rig), 4);
      equal(rig.machine.status()["highWatermark"], 12);
    });
  }

  test("D11 wrong digests of f replicas, and copies of one vote, make nothing stable", () => {
    const rig = executedRig(4);
    const digest = ownCheckpoints(rig)[0]?.digest ?? "";
    rig.tell("r0", rig.checkpoint("r0", 4, rig.digest("wrong")));
    for (let copy = 0; copy < 3; copy += 1) rig.tell("r1", rig.checkpoint("r1", 4, digest));
    equal(low(rig), 0);
    rig.tell("r2", rig.checkpoint("r2", 4, digest));
    equal(low(rig), 4);
  });

  test("of others alone make nothing stable: it has to have the state itself", () => {
    const rig = executedRig(3);
    const digest = ownCheckpoints(executedRig(4))[0]?.digest ?? "";
    for (const replica of ["r0", "r1", "r2"]) rig.tell(replica, rig.checkpoint(replica, 4, digest));
    equal(low(rig), 0);
    rig.round(4, [rig.request("c0", 4)]);
    equal(low(rig), 4);
  });

  test("collect the log, which can still be looked at until the next one", () => {
    const rig = executedRig(5);
    const stabilise = (sequence: number) => {
      const own = ownCheckpoints(rig).find((checkpoint) => checkpoint.sequence === sequence);
      for (const replica of ["r0", "r1"]) {
        rig.tell(replica, rig.checkpoint(replica, sequence, own?.digest ?? ""));
      }
    };
    stabilise(4);
    equal(rig.machine.status()["logged"], 1);
    deepEqual(
      rig.machine.log(1, 9).map(({ slot }) => slot),
      [1, 2, 3, 4, 5],
    );
    for (const sequence of [6, 7, 8]) rig.round(sequence, [rig.request("c0", sequence)]);
    stabilise(8);
    equal(rig.machine.status()["logged"], 0);
    deepEqual(
      rig.machine.log(1, 9).map(({ slot }) => slot),
      [5, 6, 7, 8],
    );
  });

  test("do not hide late votes: who voted after the log was collected is shown, and nothing is sent", () => {
    const rig = new Rig(tools, { id: "r3", checkpointInterval: 1 });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    rig.tell("r1", rig.prepare("r1", proposal));
    for (const replica of ["r0", "r1"]) rig.tell(replica, rig.commit(replica, proposal));
    const digest = ownCheckpoints(rig)[0]?.digest ?? "";
    for (const replica of ["r0", "r1"]) rig.tell(replica, rig.checkpoint(replica, 1, digest));
    equal(low(rig), 1);
    const late = rig.tell("r2", rig.commit("r2", proposal));
    deepEqual(late, []);
    const commits = rig.machine.log(1, 1)[0]?.votes.filter(({ phase }) => phase === "commit");
    equal(commits?.length, 4);
  });
});

describe("watermarks (§4.3, I12)", () => {
  test("D10 a pre-prepare at H is accepted, one at H + 1 is not answered until the window moves", () => {
    const rig = executedRig(4);
    deepEqual(kindsIn(rig.tell("r0", rig.prePrepare(8, [rig.request("c0", 8)]))), ["prepare"]);
    deepEqual(kindsIn(rig.tell("r0", rig.prePrepare(9, [rig.request("c0", 9)]))), []);
    deepEqual(rig.machine.log(9, 9), []);
    const digest = ownCheckpoints(rig)[0]?.digest ?? "";
    rig.tell("r0", rig.checkpoint("r0", 4, digest));
    const effects = rig.tell("r1", rig.checkpoint("r1", 4, digest));
    deepEqual(marksIn(effects), ["stable checkpoint"]);
    deepEqual(kindsIn(effects), ["prepare"]);
  });

  test("votes from beyond the window that came early count when it has moved", () => {
    const rig = executedRig(4);
    const proposal = rig.prePrepare(9, [rig.request("c0", 9)]);
    rig.tell("r0", proposal);
    rig.tell("r1", rig.prepare("r1", proposal));
    const digest = ownCheckpoints(rig)[0]?.digest ?? "";
    rig.tell("r0", rig.checkpoint("r0", 4, digest));
    deepEqual(kindsIn(rig.tell("r1", rig.checkpoint("r1", 4, digest))), ["prepare", "commit"]);
  });

  test("memory stays bounded over any number of requests", () => {
    const rig = new Rig(tools, { id: "r3" });
    for (let sequence = 1; sequence <= 200; sequence += 1) {
      rig.round(sequence, [rig.request("c0", sequence)]);
      if (sequence % 4 !== 0) continue;
      const own = ownCheckpoints(rig).at(-1);
      for (const replica of ["r0", "r1"]) {
        rig.tell(replica, rig.checkpoint(replica, sequence, own?.digest ?? ""));
      }
    }
    equal(deliveredIn(rig.effects).length, 200);
    const { logged, postponed, waiting } = rig.machine.status();
    deepEqual([logged, postponed, waiting], [0, 0, 0]);
    ok(rig.machine.log(1, 1000).length <= 4);
  });

  test("memory stays bounded however many sequences, views and checkpoints a liar invents", () => {
    const rig = executedRig(0);
    for (let number = 1; number <= 2000; number += 1) {
      const proposal = rig.prePrepare(number, [rig.request("c0", 1)], 4 * number);
      rig.tell("r1", rig.prepare("r1", { ...proposal, view: 0 }));
      rig.tell("r1", rig.commit("r1", { ...proposal, view: 0 }));
      rig.tell("r1", rig.commit("r1", proposal));
      rig.tell("r0", proposal);
      rig.tell("r1", rig.checkpoint("r1", 4 * number, "d"));
      rig.tell("r1", rig.viewChange("r1", number));
    }
    const { logged, postponed, view } = rig.machine.status();
    equal(view, 0);
    ok(Number(logged) <= 8, `${logged} slots`);
    ok(Number(postponed) <= 32, `${postponed} postponed`);
    equal(rig.machine.log(0, 1e9).length, logged);
  });
});
