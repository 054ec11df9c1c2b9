import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import { type NodeId, replicaIds } from "../core/ids.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import { faultsOf, lifeOf } from "../faults/chain.ts";
import { parseFaults } from "../faults/notation.ts";
import { placeFaults } from "../faults/placement.ts";
import { createEcho } from "../services/echo.ts";
import { Jury } from "../sim/judge.ts";
import { type Network, uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { ccroSafe } from "./index.ts";
import type { Assignment, CcroMessage } from "./messages.ts";

const timeoutMs = 100;
const n = 6;
const clients = 6;
const wildUntilMs = 1_800;

interface Trouble {
  readonly seed?: number;
  /** In the notation of the command line. */
  readonly faults?: readonly string[];
  /** What m0 does besides. */
  monitor?(random: Random): Fault<CcroMessage>;
}

/** Some messages are overtaken by a whole round. */
const jumpy: Network = ({ now, random }) => [
  now < wildUntilMs && random.chance(0.15) ? random.integer(50, 300) : random.integer(1, 6),
];

function run(protocol: Protocol<CcroMessage>, { seed = 1, faults = [], monitor }: Trouble) {
  const placed = placeFaults(parseFaults(faults), protocol, n, createRandom(seed));
  const ids = protocol.members(n).map(({ id }) => id);
  const faulty = placed.flatMap(({ nodes }) => nodes);
  const jury = new Jury(replicaIds(n).filter((id) => !faulty.includes(id)));
  const faultsAt = (id: NodeId) => [
    ...faultsOf<CcroMessage>(placed, id),
    ...(id === "m0" && monitor !== undefined ? [monitor(createRandom(`wild ${seed}`))] : []),
  ];
  const simulation = new Simulation<CcroMessage>({
    protocol,
    n,
    clients,
    seed,
    settings: { batch: 1, timeoutMs, checkpointInterval: 8 },
    network: monitor === undefined ? uniformDelay(1, 20) : jumpy,
    createService: createEcho,
    offline: ids.filter((id) => lifeOf(placed, id).isOffline),
    faults: new Map(ids.map((id) => [id, faultsAt(id)])),
    observer: jury.observer<CcroMessage>(),
  });
  for (const id of ids) {
    for (const { atMs, untilMs, losesDisk } of lifeOf(placed, id).crashes) {
      simulation.at(atMs, () => simulation.crash(id));
      if (untilMs < Infinity) simulation.at(untilMs, () => simulation.restart(id, { losesDisk }));
    }
  }
  for (let index = 0; index < 18; index += 1) {
    // All ask at the same time, so that there is more than one block to choose from.
    simulation.at(150 * Math.floor(index / clients), () => {
      jury.submitted(`c${index % clients}`, `${index}`);
      simulation.request(`c${index % clients}`, `${index}`);
    });
  }
  simulation.run(400 * timeoutMs);
  const epoch = Math.max(
    ...replicaIds(n).map((id) => simulation.node(id)?.machine.status().view ?? 0),
  );
  const fired = (mode: string): number =>
    simulation
      .witnesses()
      .filter(({ node, fault }) => node === "m0" && fault === mode)
      .reduce((sum, witness) => sum + witness.fired, 0);
  return { verdict: jury.verdict(), epoch, simulation, fired };
}

const modeOf = (fault: string): string => /^[a-z-]+/.exec(fault)?.[0] ?? "";

/** Tells each node whatever roles it likes, often two stories about one epoch, for a while. */
function wild(random: Random): Fault<CcroMessage> {
  let epoch = 0;
  const invent = (): Assignment => {
    const [primary = "r0", communication = "r1", ...consensus] = random.sample(replicaIds(n), n);
    return { kind: "assignment", epoch, primary, communication, consensus };
  };
  return {
    name: "wild",
    everyMs: 150,
    onSend: (envelope) => [envelope],
    onTick({ now, witness }) {
      if (now > wildUntilMs) return [];
      epoch += 1;
      witness();
      const stories = random.chance(0.5) ? [invent()] : [invent(), invent()];
      return replicaIds(n).flatMap((to) => {
        const [message] = random.sample(stories, 1);
        const isTold = message !== undefined && random.chance(0.8);
        return isTold ? [{ to, message, delayMs: 0, isBadlySealed: false }] : [];
      });
    },
  };
}

// That one false word of the monitor forks published CCRO, schedules.test.ts shows (S1).
describe("a monitor that invents roles, other ones for each node", () => {
  test("cannot make ccro-safe fork, and afterwards everybody is served", () => {
    let epochsThatDecided = 0;
    for (let seed = 1; seed <= 12; seed += 1) {
      const { verdict, epoch, simulation } = run(ccroSafe, { seed, monitor: wild });
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
      ok(epoch >= 8, `epoch ${epoch}`);
      ok(simulation.witnesses().some(({ fault, fired }) => fault === "wild" && fired > 10));
      // Some of its epochs did decide: roles changed hands between blocks.
      const log = simulation.node("r2")?.machine.log(1, 99) ?? [];
      epochsThatDecided += new Set(log.map(({ view }) => view)).size;
    }
    ok(epochsThatDecided > 24, `${epochsThatDecided}`);
  });

  test("nor with a liar among the nodes as well", () => {
    for (const mode of ["malicious", "equivocating", "forge"]) {
      for (const who of ["r0", "r1", "r4"]) {
        const { verdict } = run(ccroSafe, { monitor: wild, faults: [`${mode}@${who}`] });
        equal(verdict.safety, "ok", `${mode} ${who} ${verdict.reasons.join("\n")}`);
      }
    }
  });
});

// All of it while a primary is silent, so that roles must change, and the monitor's word counts.
describe("while a monitor lies ccro-safe may stop, and does not fork", () => {
  const lies = [
    ["two sets of roles for one epoch", "equivocating@m0"],
    ["two sets of roles, the other one for a single node", "equivocating(r4)@m0"],
    ["one node in both roles", "forge@m0"],
    ["nothing", "silent@m0"],
    ["a word to one node only", "selective(r4)@m0"],
    ["words that nobody can check", "bad-signature@m0"],
  ] as const;
  for (const [what, lie] of lies) {
    test(`${what}: ${lie}`, () => {
      for (const seed of [1, 2]) {
        const { verdict, fired } = run(ccroSafe, { seed, faults: [lie, "silent@r0"] });
        ok(fired(modeOf(lie)) > 0);
        notEqual(verdict.safety, "violated", verdict.reasons.join("\n"));
      }
    });

    test(`${what}, until 2 s: then everybody is served`, () => {
      for (const seed of [1, 2]) {
        const { verdict, fired } = run(ccroSafe, { seed, faults: [`${lie}/0ms-2s`, "silent@r0"] });
        ok(fired(modeOf(lie)) > 0);
        deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
      }
    });
  }

  // What README.md says of progress: without the monitor's true word there is none, once it is needed.
  test("two sets of roles for ever stop it: no epoch opens on either", () => {
    const { verdict, simulation } = run(ccroSafe, { faults: ["equivocating@m0", "silent@r0"] });
    deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["vacuous", "stalled", 0]);
    for (const id of replicaIds(n)) equal(simulation.node(id)?.machine.status().slot, 0);
  });
});

describe("ccro-safe agrees and serves everybody", () => {
  const troubles = [
    ["a monitor that is not there", ["offline@m0"]],
    ["a monitor that boasts of heights", ["malicious@m0"]],
    ["a monitor that repeats itself", ["replay@m0", "silent@r0"]],
    ["a monitor that some do not hear", ["dark(r3)@m0", "silent@r0"]],
    ["a monitor that is late", ["delay(90ms)@m0", "silent@r0"]],
    [
      "a monitor that falls over and comes back with its disk",
      ["crash@m0/60ms-700ms", "silent@r1"],
    ],
    [
      "a monitor that comes back without its disk",
      ["crash(lose-disk)@m0/200ms-700ms", "silent@r0"],
    ],
    ["a monitor that gives roles to whom it trusts least", ["malicious@m0", "silent@r0"]],
    [
      "a monitor that falls over twice, and forgets what it said",
      ["crash(lose-disk)@m0/150ms-400ms", "crash(lose-disk)@m0/600ms-900ms", "silent@r1"],
    ],
    [
      "a monitor that is away when a sleeper is elected",
      ["crash@m0/300ms-1s", "sleeper(silent)@r2"],
    ],
    ["a node that boasts of heights and slanders", ["malicious@r1"]],
    ["a communication node that tells false times", ["misreport@r1"]],
    ["a voter that boasts and complains of nothing", ["malicious@r4", "spam-view-change(30ms)@r4"]],
    ["a primary whose reports are false", ["forge@r0"]],
    ["a node that complains all the time", ["spam-view-change(20ms)@r4"]],
  ] as const;
  for (const [what, faults] of troubles) {
    test(`with ${what}: ${faults.join(" and ")}`, () => {
      const { verdict } = run(ccroSafe, { faults });
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
    });
  }

  test("a primary that fails while the monitor is away is replaced when it is back", () => {
    const { verdict, epoch } = run(ccroSafe, { faults: ["crash@m0/10ms-2s", "crash@r0/30ms-"] });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
    ok(epoch > 0);
  });
});
