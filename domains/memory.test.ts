/** What a long run in domains keeps: inside of each the newest rounds, of the common ledger everything. */

import { equal, ok } from "node:assert/strict";
import { test } from "vitest";
import { protocolNamed } from "../bench/protocols.ts";
import type { Message } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";

const checkpointInterval = 4;

/** How many rounds with votes, and how many blocks, r0 holds after so many requests. */
function heldAfter(requests: number, name: string, n: number) {
  const simulation = new Simulation<Message>({
    protocol: protocolNamed(name),
    n,
    clients: 2,
    seed: 3,
    settings: { batch: 1, timeoutMs: 200, checkpointInterval },
    network: uniformDelay(1, 5),
    createService: createEcho,
    keepsDisks: false,
  });
  for (let index = 0; index < requests; index += 1) {
    simulation.at(60 * index, () => simulation.request(`c${index % 2}`, `${index}`));
  }
  simulation.run(60 * requests + 2_000);
  const machine = simulation.node("r0")?.machine;
  const entries = machine?.log(1, 1_000_000) ?? [];
  return {
    height: Number(machine?.status().slot),
    voted: entries.filter(({ votes, voters }) => votes.length > 0 || voters.length > 0).length,
    blocks: entries.length,
  };
}

for (const [name, n] of [
  ["pbft/2/1", 8],
  ["ccro-safe/2/1", 12],
] as const) {
  test(`${name}: rounds are collected inside, blocks of the ledger are not`, () => {
    const [short, long] = [heldAfter(20, name, n), heldAfter(60, name, n)];
    ok(short.height >= 20 && long.height >= 60, `${short.height} ${long.height}`);
    // Watermarks: two checkpoints' worth of rounds, however long the run.
    for (const { voted } of [short, long])
      ok(voted > 0 && voted <= 2 * checkpointInterval, `${voted}`);
    // No checkpoint across domains: README.md says that the ledger stays whole.
    equal(long.blocks, long.height);
  });
}
