import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import type { Request, Signed } from "../core/messages.ts";
import { createKeyValue } from "../services/kv.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { ballotOf } from "./ballots.ts";
import { digestOfValue, digestsOf, type PaxosMessage } from "./messages.ts";
import { recordRules } from "./record-rules.ts";
import { readRecord } from "./records.ts";
import { createReplica } from "./replica.ts";

const signed = <M extends PaxosMessage>(from: string, message: M): Signed<M> => ({
  from,
  message,
  signature: `of ${from}`,
});

/** r2 of five, with a checkpoint after every second slot. */
function lifeFrom(records: readonly Json[]) {
  const disk: Json[] = [];
  const machine = createReplica({
    id: "r2",
    n: 5,
    f: 2,
    service: createKeyValue(),
    tools: {
      digest: hash128,
      seal: (message) => signed("r2", message),
      isAuthentic: ({ from, signature }) => signature === `of ${from}`,
      random: createRandom(1),
    },
    settings: { batch: 2, timeoutMs: 100, checkpointInterval: 2 },
  });
  const step = (input: Parameters<typeof machine.step>[0]) => {
    const effects = machine.step(input, 0);
    for (const effect of effects) if (effect.kind === "persist") disk.push(effect.record);
    return effects;
  };
  const started = step({ kind: "start", records: structuredClone(records) });
  const hear = (from: string, message: PaxosMessage) =>
    step({ kind: "message", signed: signed(from, message) });
  return {
    machine,
    disk,
    started,
    hear,
    wait: (timer: string) => step({ kind: "time-out", timer }),
  };
}

function requestOf(timestamp: number): Signed<Request> {
  const operation = JSON.stringify({ op: "put", key: `k${timestamp % 3}`, value: `v${timestamp}` });
  return signed("c0", { kind: "request", operation, timestamp, client: "c0" });
}

const digestOf = (requests: readonly Signed<Request>[]) =>
  digestOfValue(digestsOf(requests, hash128), hash128);

/** Values in ever higher ballots, chosen late or never, promises in between, nine checkpoints' worth. */
function longLife(seed: number): readonly Json[] {
  const random = createRandom(seed).fork("life");
  const r2 = lifeFrom([]);
  let counter = 0;
  let owner = 0;
  const leader = () => `r${owner}`;
  const chosen = new Map<number, readonly Signed<Request>[]>();
  for (let slot = 1; slot <= 18; slot += 1) {
    const requests = [requestOf(slot)];
    for (let tries = random.integer(1, 3); tries > 0; tries -= 1) {
      const ballot = ballotOf(counter, owner);
      r2.hear(leader(), { kind: "accept", ballot, slot, digest: digestOf(requests), requests });
      if (tries === 1 && random.chance(0.7)) break;
      counter += 1;
      owner = random.sample([0, 1, 3, 4], 1)[0] ?? 0;
      r2.hear(leader(), { kind: "prepare", ballot: ballotOf(counter, owner) });
    }
    chosen.set(slot, requests);
    if (random.chance(0.3)) continue;
    for (const [number, value] of chosen) {
      const ballot = ballotOf(counter, owner);
      r2.hear(leader(), { kind: "chosen", ballot, slot: number, digest: digestOf(value) });
    }
    chosen.clear();
  }
  if (random.chance(0.5)) r2.wait("suspect");
  return r2.disk;
}

/** Everything that can be seen of the life that starts from these records. */
function seenOf(records: readonly Json[]) {
  const life = lifeFrom(records);
  const status = structuredClone(life.machine.status());
  const log = structuredClone(life.machine.log(1, 99));
  const requests = [requestOf(99)];
  const accept = { kind: "accept", slot: 19, digest: digestOf(requests), requests } as const;
  return {
    started: life.started,
    status,
    log,
    old: life.hear("r0", { ...accept, ballot: 0 }),
    promised: life.hear("r1", { kind: "prepare", ballot: ballotOf(900, 1) }),
    accepted: life.hear("r1", { ...accept, ballot: ballotOf(900, 1) }),
  };
}

describe("the records that are still needed", () => {
  for (const seed of [1, 2, 3, 4]) {
    const all = longLife(seed);

    test(`lead to the same life as all of them, wherever that one ended: seed ${seed}`, () => {
      for (let count = 1; count <= all.length; count += 1) {
        const records = all.slice(0, count);
        deepEqual(seenOf(recordRules.stillNeeded(records)), seenOf(records), `${count} records`);
      }
    });

    test(`lead there also when they were thinned out before: seed ${seed}`, () => {
      let thinned: readonly Json[] = [];
      for (const record of all) thinned = recordRules.stillNeeded([...thinned, record]);
      deepEqual(seenOf(thinned), seenOf(all));
    });

    test(`are one state, one value for each slot above it, and the highest promise: seed ${seed}`, () => {
      const kept = recordRules.stillNeeded(all).map(readRecord);
      const checkpoints = kept.filter(({ kind }) => kind === "checkpoint");
      equal(checkpoints.length, 1);
      ok(kept.length < all.length / 3, `${kept.length} of ${all.length}`);
    });
  }

  test("keep the highest promise, even if only a value that is collected by now made it", () => {
    const requests = [requestOf(1)];
    const proposal = { slot: 1, ballot: 3001, digest: digestOf(requests), requests };
    const accepted = { kind: "accepted", proposal } as unknown as Json;
    const checkpoint = { kind: "checkpoint", slot: 2, snapshot: "two" };
    const promised = { kind: "promised", ballot: 2001 };
    deepEqual(recordRules.stillNeeded([promised, accepted, checkpoint]), [accepted, checkpoint]);
    deepEqual(recordRules.stillNeeded([]), []);
  });
});

test("nothing can be salvaged from a damaged log: an acceptor that forgot does not go on", () => {
  equal("salvage" in recordRules, false);
});
