import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { flood } from "../flood/index.ts";
import type { FloodMessage } from "../flood/messages.ts";
import { createEcho } from "../services/echo.ts";
import { uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { faultsOf, lifeOf } from "./chain.ts";
import { modes } from "./modes.ts";
import { parseFaults } from "./notation.ts";
import { placeFaults } from "./placement.ts";

/** Two requests to a flood of seven with these faults. */
function run(seed: number, ...texts: readonly string[]) {
  const n = 7;
  const placed = placeFaults(parseFaults(texts), flood, n, createRandom(seed));
  const members = flood.members(n).map(({ id }) => id);
  const simulation = new Simulation<FloodMessage>({
    protocol: flood,
    n,
    clients: 1,
    seed,
    settings: { batch: 1, timeoutMs: 500, checkpointInterval: 128 },
    network: uniformDelay(1, 10),
    createService: createEcho,
    offline: members.filter((id) => lifeOf(placed, id).isOffline),
    faults: new Map(members.map((id) => [id, faultsOf<FloodMessage>(placed, id)])),
  });
  for (const id of members) {
    for (const { atMs, untilMs, losesDisk } of lifeOf(placed, id).crashes) {
      simulation.at(atMs, () => simulation.crash(id));
      if (untilMs < Infinity) simulation.at(untilMs, () => simulation.restart(id, { losesDisk }));
    }
  }
  simulation.request("c0", '"first"');
  simulation.at(1000, () => simulation.request("c0", '"second"'));
  simulation.run(20_000);
  return { simulation, placed, nodes: placed.flatMap(({ nodes }) => nodes) };
}

// Flood has no views to ask for or to be elected in, and reports no times.
const needsMore: ReadonlySet<string> = new Set(["spam-view-change", "sleeper", "misreport"]);
const onNodes = modes.filter(({ kind, name }) => kind === "envelope" && !needsMore.has(name));

for (const { name } of onNodes) {
  test(`${name} fires on the nodes that it is placed on, and on no others`, () => {
    const { simulation, nodes } = run(1, `${name}@2`);
    const fired = simulation.witnesses().filter((witness) => witness.fired > 0);
    deepEqual(
      fired.map(({ node, fault }) => [node, fault]),
      nodes.map((node) => [node, name]),
    );
    for (const { roles } of fired) deepEqual([...roles], ["backup"]);
  });
}

test("a commander that fails is seen to fail as primary", () => {
  const { simulation } = run(1, "malicious@commander");
  deepEqual(
    simulation.witnesses().map(({ roles }) => [...roles]),
    [["primary"]],
  );
});

test("a liar signs each of its lies once, not once for each that hears it", () => {
  const signaturesOf = (...faults: readonly string[]) =>
    run(1, ...faults).simulation.node("r1")?.counters.signatures;
  equal(signaturesOf("malicious@r1"), signaturesOf());
});

test("what is signed badly is refused by everybody", () => {
  const { simulation } = run(1, "bad-signature@r1");
  for (const id of ["r0", "r2", "r6"]) {
    ok((simulation.node(id)?.counters.refusedByObjection.get("bad signature") ?? 0) > 0);
  }
  equal(simulation.node("r1")?.counters.refusedByObjection.get("bad signature"), undefined);
});

test("a replayed message bears its old signature: it is refused for what it says", () => {
  const { simulation } = run(1, "replay@r1");
  const refused = simulation.node("r2")?.counters.refusedByObjection;
  equal(refused?.get("bad signature"), undefined);
  ok((refused?.get("second prepare") ?? 0) + (refused?.get("second commit") ?? 0) > 0);
});

test("a window ends: the second request is not lied about", () => {
  const within = run(1, "malicious@r1/0ms-500ms").simulation.witnesses();
  const always = run(1, "malicious@r1").simulation.witnesses();
  equal((within[0]?.fired ?? 0) * 2, always[0]?.fired);
});

describe("lives", () => {
  test("a node that is offline is never there", () => {
    const { simulation } = run(1, "offline@r3");
    equal(simulation.node("r3"), undefined);
  });

  test("a node that crashes for a while misses what happens meanwhile", () => {
    const { simulation } = run(1, "crash@r3/500ms-5s");
    deepEqual(simulation.node("r3")?.machine.log(1, 9), []);
    equal(simulation.node("r2")?.machine.log(1, 9).length, 2);
  });
});

test("equal seeds place and do equal things", () => {
  const counted = (seed: number) => {
    const { simulation, nodes } = run(seed, "equivocating@1", "dark@1", "replay@1");
    return [nodes, simulation.witnesses().map(({ fired }) => fired)];
  };
  deepEqual(counted(5), counted(5));
});
