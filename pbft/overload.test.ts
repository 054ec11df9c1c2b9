/**
 * A primary dies while one busy processor works for the whole cluster, as in a run in one process: the
 * slots of its last window are run again in the new view, and that alone may take longer than T.
 */

import { deepEqual, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Millis, NodeId } from "../core/ids.ts";
import { createEcho } from "../services/echo.ts";
import { Jury } from "../sim/judge.ts";
import type { Network } from "../sim/network.ts";
import { allOf } from "../sim/observers.ts";
import { Simulation } from "../sim/simulation.ts";
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

const timeoutMs = 512;
/** What a bench waits for a request, unless told otherwise. */
const patienceMs = 8 * timeoutMs;
const dead = "r0";

/** Whoever gets a message waits until everything sent before it, to anybody alive, is worked off. */
function oneProcessor(costMs: Millis, isDead: (node: NodeId) => boolean): Network {
  let freeAt = 0;
  return ({ to, kind, now, random }) => {
    if (isDead(to)) return [];
    // They carry the certificates of a whole window.
    const weight = kind === "view-change" || kind === "new-view" ? 10 : 1;
    freeAt = Math.max(freeAt, now) + weight * costMs * (0.5 + random.fraction());
    return [freeAt - now];
  };
}

interface Load {
  readonly seed: number;
  readonly checkpointInterval: number;
  /** What a message costs the processor. */
  readonly costMs: Millis;
}

/** Eight clients, each with one request at a time; the primary dies, and three more rounds are asked for. */
function crashUnderLoad({ seed, checkpointInterval, costMs }: Load) {
  const crashAt = 6000 + 40 * seed;
  const jury = new Jury(["r1", "r2", "r3"]);
  const acceptedMs: number[] = [];
  let isOver = false;
  let asked = 0;
  let lastMs = 0;
  let gapMs = 0;
  let views = 0;
  const simulation: Simulation<PbftMessage> = new Simulation<PbftMessage>({
    protocol: pbft,
    n: 4,
    clients: 8,
    seed,
    settings: { batch: 16, timeoutMs, checkpointInterval },
    network: oneProcessor(costMs, (node) => simulation.node(node) === undefined),
    createService: createEcho,
    keepsDisks: false,
    observer: allOf(jury.observer<PbftMessage>(), {
      effect(node, effect, now) {
        if (effect.kind === "mark" && effect.mark.name === "new view" && node === "r1") views += 1;
        if (effect.kind !== "accept") return;
        acceptedMs.push(now);
        if (now > crashAt) gapMs = Math.max(gapMs, now - lastMs);
        lastMs = now;
        if (!isOver) simulation.at(now, () => ask(node));
      },
    }),
  });
  const ask = (client: NodeId) => {
    asked += 1;
    jury.submitted(client, String(asked));
    simulation.request(client, String(asked));
  };
  for (const client of simulation.clients) ask(client);
  simulation.run(crashAt);
  simulation.crash(dead);
  const enough = acceptedMs.length + 24;
  simulation.run(crashAt + 60_000, () => acceptedMs.length >= enough);
  isOver = true;
  simulation.run(crashAt + 60_000, () => acceptedMs.length === asked);
  const { safety, liveness, reasons } = jury.verdict();
  return { verdict: { safety, liveness, reasons: [...reasons] }, gapMs, views };
}

const good = { safety: "ok", liveness: "ok", reasons: [] };
const seeds = [1, 2, 3, 4, 5, 6];

for (const seed of seeds) {
  test(`views that cannot redo a window within T fail until the time-out has doubled often enough, seed ${seed}`, () => {
    const { verdict, gapMs, views } = crashUnderLoad({
      seed,
      checkpointInterval: 128,
      costMs: 2.3,
    });
    deepEqual(verdict, good);
    ok(views >= 3, `${views} views began`);
    // So somebody who waits for 8T gives up before that: 2T to suspect, then T, 2T and 4T.
    ok(gapMs > patienceMs, `${gapMs} ms without an answer`);
    ok(gapMs < 16 * timeoutMs, `${gapMs} ms without an answer`);
  });

  test(`a window that can be redone within T costs one view, seed ${seed}`, () => {
    const { verdict, gapMs, views } = crashUnderLoad({ seed, checkpointInterval: 8, costMs: 2.3 });
    deepEqual(verdict, good);
    deepEqual(views, 1);
    ok(gapMs < patienceMs / 2, `${gapMs} ms without an answer`);
  });
}
