import { deepEqual, equal, notDeepEqual, throws } from "node:assert/strict";
import { test } from "vitest";
import { ccroSafe } from "../ccro/index.ts";
import { replicaIds } from "../core/ids.ts";
import { pbft } from "../pbft/index.ts";
import { createRandom } from "../sim/random.ts";
import { heightOf, ordererOf, slotOf } from "./heights.ts";
import { domainServing, split } from "./split.ts";

const shuffled = (seed: number) => (nodes: readonly string[]) =>
  createRandom(seed).sample(nodes, nodes.length);
const splitBy = (seed: number, n = 18, count = 3) => split(ccroSafe, n, count, shuffled(seed));
const nodesOf = (seed: number) => splitBy(seed).domains.map(({ replicas }) => replicas);

test("every node is in one domain, r0 in the first, and the seed says who else", () => {
  const domains = nodesOf(1);
  deepEqual(domains.flat().toSorted(), [...replicaIds(18)].sort());
  deepEqual(
    domains.map(({ length }) => length),
    [6, 6, 6],
  );
  equal(domains[0]?.[0], "r0");
  deepEqual(nodesOf(1), domains);
  notDeepEqual(nodesOf(2), domains);
});

test("sizes differ by one at most", () => {
  const sizes = splitBy(1, 20, 3).domains.map(({ n }) => n);
  deepEqual(sizes, [7, 7, 6]);
});

test("each domain has a monitor and first roles of its own", () => {
  for (const { index, members } of splitBy(3).domains) {
    deepEqual(
      members.map(({ role }) => role),
      ["primary", "communication", ...Array(4).fill("consensus"), "monitor"],
    );
    equal(members.at(-1)?.id, `m${index}`);
  }
});

test("more domains than there are nodes for are refused in a sentence", () => {
  throws(() => splitBy(1, 18, 7), {
    message:
      "domains must be at most 6 for ccro-safe with n = 18, not 7: a domain needs at least 3 nodes",
  });
  throws(() => split(pbft, 4, 5, shuffled(1)), {
    message: "domains must be at most 4 for pbft with n = 4, not 5: a domain needs at least 1 node",
  });
});

test("clients are served in turn", () => {
  const around = splitBy(1);
  deepEqual(
    ["c0", "c1", "c2", "c3", "c17"].map((client) => domainServing(around, client).index),
    [0, 1, 2, 0, 2],
  );
});

test("every height is ordered by one domain, in one of its slots", () => {
  for (let height = 1; height <= 12; height += 1) {
    equal(heightOf(slotOf(height, 3), ordererOf(height, 3), 3), height);
  }
  deepEqual([heightOf(1, 0, 3), heightOf(1, 2, 3), heightOf(2, 0, 3)], [1, 3, 4]);
});
