import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { type SequencerMessage, sequencer } from "../test-support/sequencer.ts";
import { Jury } from "./judge.ts";
import { fixedDelay, lossy, partitioned, uniformDelay } from "./network.ts";
import { allOf } from "./observers.ts";
import { Simulation, type SimulationObserver, type SimulationOptions } from "./simulation.ts";
import { createTraceHash } from "./trace-hash.ts";

type Change = Partial<SimulationOptions<SequencerMessage>>;

const settings = { batch: 1, timeoutMs: 500, checkpointInterval: 128 };
const replicas = ["r0", "r1", "r2", "r3"];

const simulate = (change: Change = {}) =>
  new Simulation<SequencerMessage>({
    protocol: sequencer,
    n: 4,
    clients: 2,
    seed: 1,
    settings,
    network: uniformDelay(1, 10),
    createService: createEcho,
    ...change,
  });

/** Ten requests of two clients, judged. */
function judged(
  change: Change = {},
  during: (simulation: Simulation<SequencerMessage>) => void = () => {},
) {
  const jury = new Jury(replicas);
  const trace = createTraceHash<SequencerMessage>((message) => sequencer.signedText(message));
  const observers: SimulationObserver<SequencerMessage>[] = [jury.observer(), trace];
  if (change.observer !== undefined) observers.push(change.observer);
  const simulation = simulate({ ...change, observer: allOf(...observers) });
  for (let number = 0; number < 10; number += 1) {
    const [client, operation] = [`c${number % 2}`, `"${number}"`];
    jury.submitted(client, operation);
    simulation.at(number * 20, () => simulation.request(client, operation));
  }
  during(simulation);
  simulation.run(60_000);
  return { simulation, verdict: jury.verdict(), hash: trace.digest() };
}

const slots = (simulation: Simulation<SequencerMessage>) =>
  replicas.map((id) => simulation.node(id)?.machine.status().slot);

describe("a simulated cluster", () => {
  test("runs a protocol to the end, with the messages that it should cost", () => {
    const { simulation, verdict } = judged();
    deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["ok", "ok", 10]);
    const sent = new Map<string, number>();
    for (const id of [...simulation.members, ...simulation.clients]) {
      for (const [kind, count] of simulation.node(id)?.counters.sentByKind ?? []) {
        sent.set(kind, (sent.get(kind) ?? 0) + count);
      }
    }
    deepEqual(Object.fromEntries(sent), { request: 10, order: 30, reply: 40 });
  });

  test("loses, retries and still executes everything once", () => {
    const { simulation, verdict } = judged({ network: lossy(0.2, uniformDelay(1, 10)) });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
    ok(simulation.lost > 0);
  });

  test("recovers from a partition once it heals", () => {
    const cut = {
      fromMs: 30,
      untilMs: 3000,
      groups: [
        ["r0", "c0"],
        ["r1", "r2", "r3", "c1"],
      ],
    };
    const { verdict } = judged({ network: partitioned([cut], uniformDelay(1, 10)) });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
  });

  test("virtual time stands still between events and ends where the run was told to end", () => {
    const simulation = simulate({ network: fixedDelay(7) });
    const times: number[] = [];
    simulation.at(100, () => times.push(simulation.now));
    simulation.at(50, () => {
      times.push(simulation.now);
      simulation.at(10, () => times.push(simulation.now));
    });
    simulation.run(80);
    deepEqual([times, simulation.now], [[50, 50], 80]);
    simulation.run(200);
    deepEqual([times, simulation.now], [[50, 50, 100], 200]);
  });

  test("a run ends as soon as its question is answered", () => {
    const simulation = simulate({ network: fixedDelay(7) });
    let asked = 0;
    simulation.at(10, () => {});
    simulation.at(20, () => {});
    simulation.run(100, () => asked++ === 1);
    equal(simulation.now, 10);
  });

  test("messages in the network are counted while they are there", () => {
    const simulation = simulate({ network: fixedDelay(7) });
    simulation.request("c0", "1");
    const counts = [5, 10, 16, 22].map((moment) => {
      simulation.run(moment);
      return simulation.underWay;
    });
    // The request; three orders and a reply; three replies; nothing.
    deepEqual(counts, [1, 4, 3, 0]);
  });

  test("control messages are not: they never end", () => {
    const protocol = { ...sequencer, controlKinds: ["order"] };
    const simulation = simulate({ protocol, network: fixedDelay(7) });
    simulation.request("c0", "1");
    simulation.run(10);
    equal(simulation.underWay, 1);
    simulation.run(100);
    equal(simulation.underWay, 0);
  });

  test("whoever is offline from the start hears nothing", () => {
    const simulation = simulate({ offline: ["r3"] });
    simulation.request("c0", "1");
    simulation.run(100);
    equal(simulation.node("r3"), undefined);
    // One order, and nothing else was for r3.
    equal(simulation.lost, 1);
  });
});

describe("determinism", () => {
  const faults = new Map<string, readonly Fault<SequencerMessage>[]>([["r2", [dropping(0.5)]]]);
  const rough: Change = { network: lossy(0.1, uniformDelay(1, 30)), faults };

  test("equal seeds give equal traces, twice", () => {
    equal(judged(rough).hash, judged(rough).hash);
  });

  const changes: readonly (readonly [claim: string, change: Change])[] = [
    ["seed", { seed: 2 }],
    ["network", { network: lossy(0.11, uniformDelay(1, 30)) }],
    ["fault", { faults: new Map([["r2", [dropping(1)]]]) }],
    ["time-out", { settings: { ...settings, timeoutMs: 400 } }],
    ["way to sign", { auth: "none" }],
  ];
  for (const [claim, change] of changes) {
    test(`another ${claim} gives another trace`, () => {
      notEqual(judged({ ...rough, ...change }).hash, judged(rough).hash);
    });
  }

  test("what observers do with what they see changes nothing", () => {
    const seen: unknown[] = [];
    const observer = {
      sent: (...all: unknown[]) => seen.push(all),
      received: (...all: unknown[]) => seen.push(all),
    };
    equal(judged({ ...rough, observer }).hash, judged(rough).hash);
    ok(seen.length > 100);
  });

  test("faults draw from their own stream: one more fault elsewhere shifts no delay", () => {
    const delaysOf = (chance: number) => {
      const delays: number[] = [];
      const faulty = new Map([["r3", [drawing<SequencerMessage>(chance)]]]);
      const network = (passage: Parameters<ReturnType<typeof uniformDelay>>[0]) => {
        const drawn = uniformDelay(1, 10)(passage);
        delays.push(...drawn);
        return drawn;
      };
      const simulation = simulate({ network, faults: faulty });
      simulation.request("c0", "1");
      simulation.run(1000);
      return delays;
    };
    deepEqual(delaysOf(0), delaysOf(0.5));
  });

  test("the trace tells two results apart, with signatures and without", () => {
    const hashOf = (auth: "signed" | "none", operation: string) => {
      const trace = createTraceHash<SequencerMessage>((message) => sequencer.signedText(message));
      const simulation = simulate({ auth, observer: trace });
      simulation.request("c0", operation);
      simulation.run(100);
      return trace.digest();
    };
    for (const auth of ["signed", "none"] as const) notEqual(hashOf(auth, "1"), hashOf(auth, "2"));
  });
});

describe("crash and restart", () => {
  test("a crashed backup comes back with nothing and catches up", () => {
    const { simulation, verdict } = judged({}, (running) => {
      running.at(50, () => running.crash("r2"));
      running.at(130, () => running.restart("r2"));
    });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
    deepEqual(slots(simulation), [10, 10, 10, 10]);
  });

  test("r0 goes on from its disk", () => {
    const { simulation, verdict } = judged({}, (running) => {
      running.at(50, () => running.restart("r0"));
    });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
    deepEqual(slots(simulation), [10, 10, 10, 10]);
  });

  test("without its disk r0 numbers anew, and the jury sees it", () => {
    const { verdict } = judged({}, (running) => {
      running.at(50, () => running.restart("r0", { losesDisk: true }));
    });
    equal(verdict.safety, "violated");
  });

  test("a record that was under way to the disk is lost, and what waited for it was never sent", () => {
    const { verdict } = judged({ diskMs: 8 }, (running) => {
      for (let moment = 5; moment < 300; moment += 13) {
        running.at(moment, () => running.restart("r0"));
      }
    });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
  });

  test("a client that comes back starts above its old timestamps", () => {
    const simulation = simulate();
    simulation.request("c0", "1");
    simulation.run(100);
    simulation.restart("c0");
    simulation.request("c0", "2");
    simulation.run(1000);
    equal(simulation.node("c0")?.machine.status().slot, 2);
    equal(simulation.node("r0")?.machine.status().slot, 2);
  });

  test("faults are witnessed over all lives", () => {
    const simulation = simulate({ faults: new Map([["r1", [dropping<SequencerMessage>(1)]]]) });
    simulation.request("c0", "1");
    simulation.run(100);
    simulation.restart("r1");
    simulation.request("c0", "2");
    simulation.run(100);
    const fired = simulation.witnesses().map((witness) => witness.fired);
    equal(fired.length, 2);
    ok((fired[0] ?? 0) > 0);
  });
});

function dropping<M extends Message>(probability: number): Fault<M> {
  return {
    name: "drop",
    onSend: (envelope, { random, witness }) => {
      if (!random.chance(probability)) return [envelope];
      witness();
      return [];
    },
  };
}

/** Draws, and drops nothing. */
function drawing<M extends Message>(probability: number): Fault<M> {
  return {
    name: "draw",
    onSend: (envelope, { random }) => {
      random.chance(probability);
      return [envelope];
    },
  };
}
