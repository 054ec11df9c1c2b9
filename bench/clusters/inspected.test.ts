/** The protocol's own judges hear every node of a cluster that lives in one process, and tell the verdict. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Inspected, Inspector } from "../../core/inspector.ts";
import type { Effect, Machine } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import { type SequencerMessage, sequencer } from "../../test-support/sequencer.ts";
import type { ClusterSpec } from "../cluster.ts";
import { verdictOn } from "../meters/verdict.ts";
import { InspectedCluster } from "./inspected.ts";
import { sampleSpec } from "./sample-spec.ts";
import { startCluster } from "./start-cluster.ts";

/** The toy's own judge: nobody asks for what it has executed. */
const createNoGreed = ({ honest }: Inspected): Inspector<SequencerMessage> => {
  const executed = new Map<string, number>();
  return {
    stepped(node, _input, effects) {
      ok(honest.has(node), "liars are not judged");
      for (const effect of effects) {
        if (effect.kind === "deliver") executed.set(node, effect.delivery.slot);
      }
      return [];
    },
    sent(node, message) {
      if (message.kind !== "fetch" || message.from > (executed.get(node) ?? 0)) return [];
      const { from: slot } = message;
      const said = `${node} asked for ${slot}, which it has`;
      return [{ judge: "no greed", slot, nodes: [node], digests: [], message: said }];
    },
  };
};

/** After each slot that it executes it asks for that slot once more: nobody executes anything wrong. */
const greedy = (machine: Machine<SequencerMessage>): Machine<SequencerMessage> => ({
  step: (input, now) =>
    machine.step(input, now).flatMap((effect): readonly Effect<SequencerMessage>[] => {
      if (effect.kind !== "deliver") return [effect];
      const message = { kind: "fetch", from: effect.delivery.slot } as const;
      return [effect, { kind: "send", to: "r0", message }];
    }),
  status: () => machine.status(),
  log: (from, to) => machine.log(from, to),
});

function toy(liar: string): Protocol {
  const protocol: Protocol<SequencerMessage> = {
    ...sequencer,
    createMember(setup) {
      const machine = sequencer.createMember(setup);
      return setup.id === liar ? greedy(machine) : machine;
    },
    createInspectors: (cluster) => [createNoGreed(cluster)],
  };
  // The bench treats all protocols alike, whatever their messages are.
  return protocol as unknown as Protocol;
}

const specOf = (liar: string, change: Partial<ClusterSpec> = {}): ClusterSpec => ({
  ...sampleSpec("pbft", 3),
  protocol: toy(liar),
  ...change,
});

/** Two requests, then the verdict. */
async function judged(spec: ClusterSpec) {
  const cluster = await startCluster(spec);
  try {
    for (const operation of ["a", "b"]) await cluster.submit(0, operation, 50_000);
    ok(await cluster.drain(50_000));
    const reports = await cluster.reports();
    const submissions = ["a", "b"].map((text) => ({ client: "c0", operation: `"${text}"` }));
    return verdictOn(cluster, { faults: [], submissions, reports, livedMs: 1000 });
  } finally {
    await cluster.close();
  }
}

const hosts = [
  ["in memory", { transport: "memory" }],
  ["over HTTP", { transport: "http" }],
  ["in the simulator", { transport: "simulated" }],
] as const;

for (const [where, place] of hosts) {
  test(`a lie that changes nothing executed is found ${where}, with slot and node`, async () => {
    const { safety, liveness, violations, reasons } = await judged(specOf("r1", place));
    equal(liveness, "ok");
    equal(safety, "violated");
    deepEqual(
      violations.map(({ judge, slot, nodes }) => [judge, slot, ...nodes]),
      [
        ["no greed", 1, "r1"],
        ["no greed", 2, "r1"],
      ],
    );
    match(reasons[0] ?? "", /^no greed: r1 asked for 1/);
  });

  test(`nothing is found in an honest run ${where}`, async () => {
    const { safety, violations } = await judged(specOf("nobody", place));
    deepEqual([safety, ...violations], ["ok"]);
  });

  test(`who has a fault that makes it lie is not judged ${where}`, async () => {
    const faults = [{ mode: "forge", args: [], nodes: ["r1"], fromMs: 0, untilMs: Infinity }];
    const { violations } = await judged(specOf("r1", { ...place, faults }));
    deepEqual(violations, []);
  });
}

test("where signatures are left out for the sake of time nobody listens", async () => {
  const change = { transport: "memory", auth: "none" } as const;
  equal((await judged(specOf("r1", change))).safety, "ok");
});

/** What is found at a node that executes a slot and then asks for it, after so many idle steps. */
function foundAfter(idle: number, transport: ClusterSpec["transport"]): number {
  const inspected = new InspectedCluster(specOf("r1", { transport }));
  const { observer } = inspected;
  const timeOut = { kind: "time-out", timer: "" } as const;
  for (let step = 0; step < idle; step += 1) observer.stepped?.("r1", timeOut, [], 0);
  const delivery = { slot: 1, view: 0, digest: "", history: "", executed: [] };
  observer.stepped?.("r1", timeOut, [{ kind: "deliver", delivery }], 0);
  const message: Message & { readonly from: number } = { kind: "fetch", from: 1 };
  observer.sent?.("r1", "r0", { from: "r1", message, signature: "" }, 0);
  return inspected.judge().length;
}

const lengths = [
  [99_998, "http", 1],
  [99_999, "http", 0],
  [99_999, "simulated", 1],
] as const;

for (const [idle, transport, found] of lengths) {
  test(`after ${idle} steps without a pause ${found} lies are found in ${transport}`, () => {
    equal(foundAfter(idle, transport), found);
  });
}

test("what is judged in a pause makes room for more", () => {
  const inspected = new InspectedCluster(specOf("r1", { transport: "http" }));
  const { observer } = inspected;
  const timeOut = { kind: "time-out", timer: "" } as const;
  const delivery = { slot: 1, view: 0, digest: "", history: "", executed: [] };
  observer.stepped?.("r1", timeOut, [{ kind: "deliver", delivery }], 0);
  for (let pause = 0; pause < 3; pause += 1) {
    for (let step = 0; step < 90_000; step += 1) observer.stepped?.("r1", timeOut, [], 0);
    inspected.judge();
  }
  const message: Message & { readonly from: number } = { kind: "fetch", from: 1 };
  const signed = { from: "r1", message, signature: "" };
  // One statement, however many hear it.
  for (const peer of ["r0", "r2"]) observer.sent?.("r1", peer, signed, 0);
  equal(inspected.judge().length, 1);
});
