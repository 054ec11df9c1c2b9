import { deepEqual, equal, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Lies } from "../core/fault.ts";
import { replicaIds } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Member, Protocol } from "../core/protocol.ts";
import { createRandom } from "../sim/random.ts";
import { parseFaults, printPlaced } from "./notation.ts";
import { placeFaults } from "./placement.ts";

fc.configureGlobal({ seed: 20261121 });

type Placeable = Pick<Protocol, "title" | "members" | "lies">;

const nothing = () => undefined;
const lies: Lies<Message> = {
  corrupt: nothing,
  equivocate: nothing,
  forge: nothing,
  spam: (view, { self }) => ({ kind: `${self} asks for view ${view + 1}` }),
};

const replica = (id: string, role: string): Member => ({ id, role, isReplica: true });

const pbft: Placeable = {
  title: "PBFT",
  lies,
  members: (n) => replicaIds(n).map((id, index) => replica(id, index === 0 ? "primary" : "backup")),
};

const ccroRoles = ["primary", "communication"];
const ccro: Placeable = {
  title: "CCRO",
  lies,
  members: (n) => [
    ...replicaIds(n).map((id, index) => replica(id, ccroRoles[index] ?? "consensus")),
    { id: "m0", role: "monitor", isReplica: false },
  ],
};

const viewless: Placeable = { ...pbft, title: "Flood", lies: { ...lies, spam: nothing } };

const place = (protocol: Placeable, n: number, seed: number, ...faults: readonly string[]) =>
  placeFaults(parseFaults(faults), protocol, n, createRandom(seed));

const placed = [
  [pbft, 4, ["malicious@commander"], ["malicious@r0"]],
  [pbft, 4, ["malicious@r3+r1+r3"], ["malicious@r3+r1"]],
  [pbft, 4, ["malicious@commander+r0"], ["malicious@r0"]],
  [ccro, 6, ["forge@communication"], ["forge@r1"]],
  [ccro, 6, ["malicious@m0"], ["malicious@m0"]],
  [ccro, 6, ["malicious@commander+communication"], ["malicious@r0+r1"]],
  [pbft, 4, ["dark(r3+c0)@r1/1s-2s"], ["dark(r3+c0)@r1/1s-2s"]],
  [pbft, 4, ["malicious@3"], ["malicious@r1+r2+r3"]],
  [pbft, 4, ["malicious@4"], ["malicious@r0+r1+r2+r3"]],
  [ccro, 6, ["malicious@4"], ["malicious@r2+r3+r4+r5"]],
  [ccro, 6, ["malicious@6"], ["malicious@r0+r1+r2+r3+r4+r5"]],
  [pbft, 1, ["malicious@1"], ["malicious@r0"]],
  [pbft, 4, ["offline@1", "malicious@r1+r2"], ["offline@r3", "malicious@r1+r2"]],
  [pbft, 4, ["dark(r1+r2)@1"], ["dark(r1+r2)@r3"]],
  [pbft, 4, ["malicious@r2", "delay@r2"], ["malicious@r2", "delay@r2"]],
  [pbft, 4, ["spam-view-change@r2"], ["spam-view-change@r2"]],
  [pbft, 4, [], []],
] as const;

for (const [protocol, n, faults, expected] of placed) {
  test(`${faults.join(" and ") || "nothing"} on ${protocol.title} with n = ${n} is ${expected.join(" and ")}`, () => {
    for (const seed of [1, 2, 3]) {
      deepEqual(place(protocol, n, seed, ...faults).map(printPlaced), expected);
    }
  });
}

const refused = [
  [pbft, 4, ["malicious@communication"], "PBFT has no communication node"],
  [pbft, 4, ["malicious@r4"], "there is no node r4, only r0, r1, r2, r3"],
  [pbft, 4, ["malicious@m0"], "there is no node m0, only r0, r1, r2, r3"],
  [pbft, 4, ["malicious@c0"], "there is no node c0, only r0, r1, r2, r3"],
  [pbft, 31, ["malicious@r31"], "there is no node r31, only r0, r1, r2 … r30"],
  [pbft, 4, ["malicious@5"], "5 cannot be drawn, only 4 of 4 nodes are free"],
  [ccro, 6, ["malicious@7"], "7 cannot be drawn, only 6 of 6 nodes are free"],
  [pbft, 4, ["malicious@r1", "offline@4"], "4 cannot be drawn, only 3 of 4 nodes are free"],
  [pbft, 4, ["malicious@2", "offline@3"], "3 cannot be drawn, only 2 of 4 nodes are free"],
  [pbft, 4, ["dark(r1+r2+r3)@2"], "2 cannot be drawn, only 1 of 4 nodes are free"],
  [pbft, 4, ["dark(r4)@r1"], "there is no node r4, only r0, r1, r2, r3 and clients"],
  [pbft, 4, ["dark(m0)@r1"], "there is no node m0, only r0, r1, r2, r3 and clients"],
  [pbft, 4, ["dark(r2)@r1+r2"], "r2 cannot be a target of itself"],
  [pbft, 4, ["equivocating(r0)@commander"], "r0 cannot be a target of itself"],
  [viewless, 4, ["spam-view-change@1"], "Flood has no view that could be changed"],
  [viewless, 4, ["sleeper@1"], "Flood has no view that could be changed"],
  [pbft, 4, ["misreport@commander"], "PBFT reports no response times"],
  [pbft, 4, ["silent@communication"], "PBFT has no communication node"],
  [ccro, 6, ["selective(r1)@communication"], "r1 cannot be a target of itself"],
] as const;

for (const [protocol, n, faults, problem] of refused) {
  test(`${faults.join(" and ")} on ${protocol.title} with n = ${n} is refused: ${problem}`, () => {
    const last = faults.at(-1) ?? "";
    throws(() => place(protocol, n, 1, ...faults), {
      name: "UsageError",
      message: `fault ${JSON.stringify(last)}: ${problem}`,
    });
  });
}

describe("drawn nodes", () => {
  const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
  const runs = fc.record({ n: fc.integer({ min: 1, max: 16 }), counts, seed: fc.integer() });
  const sum = (numbers: readonly number[]) => numbers.reduce((total, next) => total + next, 0);

  test("are as many as asked for, all different, never more", () => {
    fc.assert(
      fc.property(runs, ({ n, counts: asked, seed }) => {
        fc.pre(sum(asked) <= n);
        const faults = place(ccro, n, seed, ...asked.map((count) => `malicious@${count}`));
        deepEqual(
          faults.map(({ nodes }) => nodes.length),
          asked,
        );
        const nodes = faults.flatMap((fault) => fault.nodes);
        equal(new Set(nodes).size, sum(asked));
        ok(nodes.every((node) => replicaIds(n).includes(node)));
      }),
    );
  });

  test("have no special role while others are left", () => {
    fc.assert(
      fc.property(runs, ({ n, counts: asked, seed }) => {
        fc.pre(sum(asked) <= n);
        const faults = place(ccro, n, seed, ...asked.map((count) => `malicious@${count}`));
        const special = faults
          .flatMap(({ nodes }) => nodes)
          .filter((id) => id === "r0" || id === "r1");
        equal(special.length, Math.max(0, sum(asked) - Math.max(0, n - 2)));
      }),
    );
  });

  test("are none that are named elsewhere, before or after", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 9 }),
        fc.integer(),
        fc.boolean(),
        (n, seed, isFirst) => {
          const both = ["malicious@1", `offline@r${n - 1}`];
          const faults = place(pbft, n, seed, ...(isFirst ? both : both.toReversed()));
          equal(new Set(faults.flatMap(({ nodes }) => nodes)).size, 2);
        },
      ),
    );
  });

  test("are the same with equal seeds", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const faults = ["malicious@2", "delay@3"];
        deepEqual(place(pbft, 16, seed, ...faults), place(pbft, 16, seed, ...faults));
      }),
    );
  });

  test("differ with other seeds, and every node has its turn", () => {
    const nodes = new Set<string>();
    for (let seed = 0; seed < 100; seed += 1) {
      for (const { nodes: drawn } of place(pbft, 7, seed, "malicious@1")) nodes.add(drawn.join());
    }
    deepEqual([...nodes].sort(), ["r1", "r2", "r3", "r4", "r5", "r6"]);
  });

  test("do not move when the caller drew from its stream before", () => {
    const random = createRandom(7);
    random.integer(0, 100);
    deepEqual(
      placeFaults(parseFaults(["malicious@1"]), pbft, 4, random),
      place(pbft, 4, 7, "malicious@1"),
    );
  });

  test("with seed 7 and n = 4 are r2, as in the printed sample", () => {
    deepEqual(place(pbft, 4, 7, "malicious@1").map(printPlaced), ["malicious@r2"]);
  });
});
