import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { Batch } from "./messages.ts";
import { deliveredIn, kindsIn, marksIn, objectionsIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

/** Replicas other than the primary of view 0 and this one. */
const peersOf = ({ id, n }: Rig) =>
  Array.from({ length: n }, (_, index) => `r${index}`).filter((replica) => replica !== id);
const backupsOf = (rig: Rig) => peersOf(rig).filter((replica) => replica !== "r0");

describe("prepared (§4.2)", () => {
  // n, and how many prepares of other backups a backup needs beside its own: q − 2.
  for (const [n, needed] of [
    [4, 1],
    [5, 2],
    [6, 2],
    [7, 3],
    [10, 5],
  ] as const) {
    test(`a backup of ${n} is prepared with its own prepare and ${needed} more, not one less`, () => {
      const rig = rigOf({ id: "r1", n });
      const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
      deepEqual(kindsIn(rig.tell("r0", proposal)), ["prepare"]);
      const votes = backupsOf(rig).map((backup) => rig.tell(backup, rig.prepare(backup, proposal)));
      const commits = votes.map((effects) => kindsIn(effects).includes("commit"));
      deepEqual(
        commits,
        votes.map((_, index) => index === needed - 1),
      );
    });
  }

  test("the primary needs q − 1 prepares, because its pre-prepare is its vote", () => {
    const rig = rigOf({ id: "r0" });
    const request = rig.request("c0", 1);
    deepEqual(kindsIn(rig.pass(request)), ["pre-prepare"]);
    const proposal = rig.prePrepare(1, [request]);
    deepEqual(kindsIn(rig.tell("r1", rig.prepare("r1", proposal))), []);
    deepEqual(kindsIn(rig.tell("r2", rig.prepare("r2", proposal))), ["commit"]);
  });

  test("prepares for another digest do not count", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    const other = rig.prePrepare(1, [rig.request("c1", 1)]);
    rig.tell("r0", proposal);
    deepEqual(kindsIn(rig.tell("r2", rig.prepare("r2", other))), []);
    deepEqual(kindsIn(rig.tell("r3", rig.prepare("r3", proposal))), ["commit"]);
  });

  test("votes that come before the pre-prepare are counted when it comes", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    for (const backup of ["r2", "r3"]) {
      deepEqual(kindsIn(rig.tell(backup, rig.prepare(backup, proposal))), []);
    }
    for (const replica of ["r0", "r2"]) {
      deepEqual(kindsIn(rig.tell(replica, rig.commit(replica, proposal))), []);
    }
    const effects = rig.tell("r0", proposal);
    deepEqual(kindsIn(effects), ["prepare", "commit", "reply"]);
    deepEqual(deliveredIn(effects), [1]);
  });

  test("without the pre-prepare nothing prepares, however many prepares there are", () => {
    const rig = rigOf({ id: "r1", n: 7 });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    for (const backup of backupsOf(rig)) rig.tell(backup, rig.prepare(backup, proposal));
    deepEqual(kindsIn(rig.effects), []);
  });
});

describe("committed-local (§4.2)", () => {
  for (const [n, needed] of [
    [4, 2],
    [5, 3],
    [6, 3],
    [7, 4],
    [10, 6],
  ] as const) {
    test(`a backup of ${n} executes with its own commit and ${needed} more, not one less`, () => {
      const rig = rigOf({ id: "r1", n });
      const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
      rig.tell("r0", proposal);
      for (const backup of backupsOf(rig)) rig.tell(backup, rig.prepare(backup, proposal));
      const executed = peersOf(rig).map((replica) =>
        deliveredIn(rig.tell(replica, rig.commit(replica, proposal))),
      );
      deepEqual(
        executed.map(([slot]) => slot),
        executed.map((_, index) => (index === needed - 1 ? 1 : undefined)),
      );
    });
  }

  test("commits do not make up for prepares that are lacking", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    for (const replica of ["r0", "r2", "r3"]) rig.tell(replica, rig.commit(replica, proposal));
    deepEqual(deliveredIn(rig.effects), []);
    deepEqual(deliveredIn(rig.tell("r2", rig.prepare("r2", proposal))), [1]);
  });

  test("commits for another digest do not count", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    const other = rig.prePrepare(1, [rig.request("c1", 1)]);
    rig.tell("r0", proposal);
    rig.tell("r2", rig.prepare("r2", proposal));
    rig.tell("r2", rig.commit("r2", other));
    rig.tell("r3", rig.commit("r3", other));
    deepEqual(deliveredIn(rig.tell("r0", rig.commit("r0", proposal))), []);
  });

  test("n = 1 decides alone (F13)", () => {
    const rig = rigOf({ id: "r0", n: 1 });
    const effects = rig.pass(rig.request("c0", 1));
    deepEqual(
      kindsIn(effects).filter((kind) => kind !== "pre-prepare" && kind !== "commit"),
      ["reply"],
    );
    deepEqual(deliveredIn(effects), [1]);
  });
});

describe("execution (§4.2)", () => {
  test("is in order of sequence, whatever commits first", () => {
    const rig = rigOf({ id: "r1" });
    for (const sequence of [3, 2]) rig.round(sequence, [rig.request(`c${sequence}`, 1)]);
    deepEqual(deliveredIn(rig.effects), []);
    rig.round(1, [rig.request("c1", 1)]);
    deepEqual(deliveredIn(rig.effects), [1, 2, 3]);
  });

  test("answers each client once, with its own result", () => {
    const rig = rigOf({ id: "r1", batch: 2 });
    rig.round(1, [rig.request("c0", 1), rig.request("c1", 7)]);
    const replies = rig.effects.flatMap((effect) =>
      effect.kind === "send" && effect.message.kind === "reply"
        ? [[effect.to, effect.message]]
        : [],
    );
    const reply = { kind: "reply", view: 0, sequence: 1, replica: "r1" };
    deepEqual(replies, [
      ["c0", { ...reply, timestamp: 1, client: "c0", result: '"c0-1"' }],
      ["c1", { ...reply, timestamp: 7, client: "c1", result: '"c1-7"' }],
    ]);
  });

  test("leaves out a request that was executed in an earlier slot", () => {
    const rig = rigOf({ id: "r1" });
    rig.round(1, [rig.request("c0", 1)]);
    rig.round(2, [rig.request("c0", 1)]);
    const executed = rig.effects.flatMap((effect) =>
      effect.kind === "deliver" ? [effect.delivery.executed.length] : [],
    );
    deepEqual(executed, [1, 0]);
  });
});

describe("one vote (I2, I3)", () => {
  test("a backup that prepared one value never prepares another in that view", () => {
    const rig = rigOf({ id: "r1" });
    rig.tell("r0", rig.prePrepare(1, [rig.request("c0", 1)]));
    const effects = rig.tell("r0", rig.prePrepare(1, [rig.request("c1", 1)]));
    deepEqual(kindsIn(effects), []);
    deepEqual(objectionsIn(effects), ["conflicting pre-prepare"]);
  });

  test("both stories of an equivocating primary are recorded", () => {
    const rig = rigOf({ id: "r1" });
    const stories: Batch[] = [[rig.request("c0", 1)], [rig.request("c1", 1)]];
    const [, second] = stories.map((batch) => rig.tell("r0", rig.prePrepare(1, batch)));
    deepEqual(marksIn(second ?? []), ["equivocation"]);
    const [entry] = rig.machine.log(1, 1);
    deepEqual(
      entry?.values.map(({ digest }) => digest),
      stories.map((batch) => rig.digestOf(batch)),
    );
  });

  test("what an equivocating primary makes of one slot fills a bounded part of the log", () => {
    const rig = rigOf({ id: "r1" });
    for (let story = 0; story < 50; story += 1) {
      rig.tell("r0", rig.prePrepare(1, [rig.request("c0", story)]));
    }
    ok((rig.machine.log(1, 1)[0]?.values.length ?? 99) <= 4);
  });
});

describe("the message log", () => {
  test("shows the votes that reached the replica, its own and those for another value included", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    const other = rig.digest("other");
    rig.tell("r0", proposal);
    rig.tell("r2", rig.prepare("r2", proposal));
    rig.tell("r0", rig.commit("r0", proposal));
    rig.tell("r3", rig.commit("r3", { ...proposal, digest: other }));
    const [entry] = rig.machine.log(1, 1);
    equal(entry?.state, "prepared");
    const commits = entry?.votes.filter(({ phase }) => phase === "commit");
    deepEqual(
      new Map(commits?.map(({ voter, digest }) => [voter, digest])),
      new Map([
        ["r0", proposal.digest],
        ["r1", proposal.digest],
        ["r3", other],
      ]),
    );
    deepEqual(entry?.voters, ["r0", "r1", "r2", "r3"]);
  });

  test("is empty where nothing was said", () => {
    deepEqual(rigOf({ id: "r1" }).machine.log(1, 100), []);
  });
});

describe("unit scenarios of other implementations", () => {
  test("F1 a digest that is not that of its request: nothing is sent", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    deepEqual(kindsIn(rig.tell("r0", { ...proposal, digest: rig.digest("x") })), []);
  });

  test("F3 a pre-prepare without request is ignored", () => {
    const rig = rigOf({ id: "r1" });
    deepEqual(kindsIn(rig.tell("r0", rig.prePrepare(1, []))), []);
  });

  test("O1 a prepare of the leader is not counted", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    deepEqual(kindsIn(rig.tell("r0", rig.prepare("r0", proposal))), []);
  });

  test("O1 a pre-prepare of a non-leader is dropped", () => {
    const rig = rigOf({ id: "r1" });
    deepEqual(kindsIn(rig.tell("r2", rig.prePrepare(1, [rig.request("c0", 1)]))), []);
  });

  test("S3 a vote signed by a non-member is dropped", () => {
    const rig = rigOf({ id: "r1" });
    const proposal = rig.prePrepare(1, [rig.request("c0", 1)]);
    rig.tell("r0", proposal);
    deepEqual(kindsIn(rig.tell("c5", rig.prepare("c5", proposal))), []);
    deepEqual(kindsIn(rig.tell("r9", rig.prepare("r9", proposal))), []);
  });
});
