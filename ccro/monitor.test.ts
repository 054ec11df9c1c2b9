import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import type { Effect } from "../core/machine.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { accusedBy, heightStoredBy, nextRoles, rolesToReplace } from "./assignments.ts";
import { ccroSafe } from "./index.ts";
import { type Assignment, awaitedPhases, type CcroMessage, type Suspicion } from "./messages.ts";
import { firstRoles } from "./roles.ts";
import { signedText } from "./texts.ts";

const everybody = new Set(["m0", "c0", ...Array.from({ length: 9 }, (_, index) => `r${index}`)]);
const crypto = simulatedCrypto("m0", everybody);

/** A monitor for n nodes, told things one after another. */
function createMonitor(n: number, records: readonly Json[] = []) {
  const seal = (message: CcroMessage) => ({
    from: "m0",
    message,
    signature: crypto.sign(signedText(message)),
  });
  const machine = ccroSafe.createMember({
    id: "m0",
    n,
    f: ccroSafe.faultsTolerated(n),
    service: createEcho(),
    tools: { digest: crypto.digest, seal, isAuthentic: () => true, random: createRandom(1) },
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  });
  machine.step({ kind: "start", records }, 0);
  const told: Effect<CcroMessage>[] = [];
  const tell = (from: string, message: CcroMessage, now = 0): readonly Effect<CcroMessage>[] => {
    const effects = machine.step(
      { kind: "message", signed: { from, message, signature: "" } },
      now,
    );
    told.push(...effects);
    return effects;
  };
  const suspect = (node: string, change: Partial<Suspicion> = {}, now = 0) =>
    tell(node, { ...suspicion, node, ...change }, now);
  return { machine, tell, suspect, told };
}

const suspicion: Suspicion = {
  kind: "suspicion",
  epoch: 0,
  height: 0,
  awaited: "preparatory-block",
  node: "r2",
};

const assigned = (effects: readonly Effect<CcroMessage>[]): Assignment | undefined =>
  effects.flatMap((effect) =>
    effect.kind === "broadcast" && effect.message.kind === "assignment" ? [effect.message] : [],
  )[0];

const refused = (effects: readonly Effect<CcroMessage>[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

const rolesOf = (assignment: Assignment | undefined) =>
  assignment && `${assignment.epoch} ${assignment.primary} ${assignment.communication}`;

describe("a suspicion", () => {
  const rows = [
    ["under another name", "r3", { node: "r2" }, "not its own name"],
    ["of a client", "c0", { node: "c0" }, "not a node"],
    ["of somebody unknown", "r9", { node: "r9" }, "not a node"],
  ] as const;
  for (const [what, from, change, objection] of rows) {
    test(`${what} is refused`, () => {
      deepEqual(refused(createMonitor(6).tell(from, { ...suspicion, ...change })), [objection]);
    });
  }

  test("of one node counts once, however often it comes", () => {
    const { suspect } = createMonitor(6);
    deepEqual(refused(suspect("r2")), []);
    deepEqual(refused(suspect("r2")), ["suspected already"]);
    equal(assigned(suspect("r2", { awaited: "commit" })), undefined);
    notEqual(assigned(suspect("r3")), undefined);
  });

  test("about an epoch that is over is refused, and the node is told the roles, not too often", () => {
    const { suspect } = createMonitor(6);
    suspect("r2");
    suspect("r3");
    const forwarded = (now: number) =>
      suspect("r4", {}, now).filter(({ kind }) => kind === "forward").length;
    deepEqual([0, 49, 50, 60, 100].map(forwarded), [0, 0, 1, 0, 1]);
    deepEqual(refused(suspect("r4")), ["an older epoch"]);
  });

  test("is all that the monitor listens to", () => {
    const { tell } = createMonitor(6);
    deepEqual(refused(tell("r2", { kind: "synchronize", epoch: 0, height: 0 })), [
      "not for the monitor",
    ]);
  });

  test("about different epochs does not add up", () => {
    const { suspect } = createMonitor(6);
    equal(assigned(suspect("r2", { epoch: 5 })), undefined);
    equal(assigned(suspect("r3", { epoch: 6 })), undefined);
    equal(assigned(suspect("r4", { epoch: 0 })), undefined);
  });
});

describe("new roles", () => {
  for (const [n, needed] of [
    [4, 1],
    [6, 2],
    [9, 3],
  ] as const) {
    test(`at n = ${n} take ${needed} suspicions`, () => {
      const { suspect } = createMonitor(n);
      for (let count = 1; count <= needed; count += 1) {
        equal(assigned(suspect(`r${count + 1}`)) !== undefined, count === needed);
      }
    });
  }

  const accusations = [
    ["preparatory-block", "1 r2 r1"],
    ["prepare", "1 r2 r1"],
    ["formal-block", "1 r2 r1"],
    ["pre-prepare", "1 r0 r2"],
    ["reply", "1 r0 r2"],
    ["commit", "1 r2 r3"],
  ] as const;
  for (const [awaited, roles] of accusations) {
    test(`replace whoever is accused when nodes wait for ${awaited}`, () => {
      const { suspect } = createMonitor(6);
      suspect("r2", { awaited });
      equal(rolesOf(assigned(suspect("r3", { awaited }))), roles);
    });
  }

  test("replace both when the last ones brought nothing, whoever is accused", () => {
    const { suspect } = createMonitor(6);
    suspect("r2");
    equal(rolesOf(assigned(suspect("r3"))), "1 r2 r1");
    suspect("r4", { epoch: 1 });
    equal(rolesOf(assigned(suspect("r5", { epoch: 1 }))), "2 r4 r5");
  });

  test("replace only the accused when f + 1 nodes show progress; one alone cannot", () => {
    for (const [heights, roles] of [
      [[7, 7], "2 r4 r1"],
      [[7, 0], "2 r4 r5"],
    ] as const) {
      const { suspect } = createMonitor(6);
      suspect("r2");
      suspect("r3");
      suspect("r4", { epoch: 1, height: heights[0] });
      equal(rolesOf(assigned(suspect("r5", { epoch: 1, height: heights[1] }))), roles);
    }
  });

  test("go to nodes that were heard of, before silent ones", () => {
    const { suspect } = createMonitor(6);
    suspect("r5");
    equal(rolesOf(assigned(suspect("r4"))), "1 r4 r1");
  });

  test("never fall on one node, and pass all faulty ones within f + 1 changes", () => {
    for (const n of [3, 4, 6, 9]) {
      const { suspect } = createMonitor(n);
      const f = ccroSafe.faultsTolerated(n);
      const failed = new Set<string>(["r0", "r1"]);
      for (let epoch = 0; epoch < 4; epoch += 1) {
        let next: Assignment | undefined;
        for (let count = 0; next === undefined && count <= f; count += 1) {
          next = assigned(suspect(`r${count}`, { epoch, awaited: "commit" }));
        }
        notEqual(next?.primary, next?.communication);
        const voters = next?.consensus.length ?? 0;
        equal(voters >= 3 * f + 1 && voters <= n - 2, true, `${voters} of ${n}`);
        const isFresh = failed.size + 2 <= n;
        if (isFresh) equal(failed.has(next?.primary ?? "r0"), false);
        failed.add(next?.primary ?? "").add(next?.communication ?? "");
      }
    }
  });

  test("are signed, written down first, and told to everybody", () => {
    const { suspect } = createMonitor(6);
    suspect("r2");
    const effects = suspect("r3");
    deepEqual(
      effects.filter(({ kind }) => kind !== "mark").map(({ kind }) => kind),
      ["persist", "broadcast"],
    );
    const [told] = effects.flatMap((effect) => (effect.kind === "broadcast" ? [effect.to] : []));
    deepEqual([...(told ?? [])].sort(), ["r0", "r1", "r2", "r3", "r4", "r5"]);
  });

  test("are known again after a restart, and go on from there", () => {
    const first = createMonitor(6);
    first.suspect("r2");
    const records = first
      .suspect("r3")
      .flatMap((effect) => (effect.kind === "persist" ? [effect.record] : []));
    const { machine, suspect } = createMonitor(6, records);
    deepEqual([machine.status().view, machine.status()["primary"]], [1, "r2"]);
    suspect("r4", { epoch: 1 });
    equal(assigned(suspect("r5", { epoch: 1 }))?.epoch, 2);
  });

  test("follow what the nodes know when the monitor has forgotten everything", () => {
    const { suspect } = createMonitor(6);
    suspect("r2", { epoch: 7 });
    equal(assigned(suspect("r3", { epoch: 7 }))?.epoch, 8);
  });
});

describe("the choice of roles", () => {
  const nobodyKnown = {
    n: 6,
    f: 1,
    standings: { trustOf: () => 5, isNormal: () => true, isAdmitted: () => false },
  };

  test("every phase that can be awaited accuses somebody", () => {
    equal(
      awaitedPhases.every((awaited) => accusedBy(awaited).length > 0),
      true,
    );
  });

  test("whoever any of the complaints accuses loses its role", () => {
    const both = [
      { ...suspicion, awaited: "reply" },
      { ...suspicion, awaited: "prepare" },
    ] as const;
    deepEqual(rolesToReplace(both), ["primary", "communication"]);
    deepEqual(rolesToReplace(both.slice(1)), ["primary"]);
  });

  test("the height of f + 1 nodes is one that an honest node stores", () => {
    const heights = [9, 3, 5].map((height) => ({ ...suspicion, height }));
    deepEqual(
      [1, 2, 3, 4].map((needed) => heightStoredBy(heights, needed)),
      [9, 5, 3, 0],
    );
  });

  test("among equals those who failed longest ago come first, then those heard of, then the lowest number", () => {
    const failedIn = new Map([
      ["r2", 4],
      ["r3", 1],
      ["r4", 4],
    ]);
    const ranked = (heard: readonly string[]) => {
      const { primary, communication } = nextRoles(firstRoles(6), ["primary", "communication"], 5, {
        ...nobodyKnown,
        failedIn: new Map([...failedIn, ["r0", 5], ["r1", 5], ["r5", 2]]),
        heard: new Set(heard),
      });
      return [primary, communication];
    };
    deepEqual(ranked([]), ["r3", "r5"]);
    deepEqual(ranked(["r5", "r3"]), ["r3", "r5"]);
    const { primary, communication } = nextRoles(firstRoles(6), ["primary"], 1, {
      ...nobodyKnown,
      failedIn: new Map([["r0", 0]]),
      heard: new Set(["r4"]),
    });
    deepEqual([primary, communication], ["r4", "r1"]);
  });
});
