import { deepEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { Random } from "../core/random.ts";
import { createEcho } from "../services/echo.ts";
import { Jury } from "../sim/judge.ts";
import type { Network } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { ccroSafe } from "./index.ts";
import type { CcroMessage } from "./messages.ts";

const timeoutMs = 60;
const stormEndsMs = 1_500;
const requests = 6;

const manners = ["honest", "silent", "corrupt", "equivocate", "forge", "late"] as const;
type Manner = (typeof manners)[number];

/** A node that treats each kind of message to each node in a manner of its own, and changes its mind. */
function treacherous(random: Random): Fault<CcroMessage> {
  const habits = new Map<string, Manner>();
  const lies = new WeakMap<CcroMessage, Map<Manner, CcroMessage | undefined>>();
  const draw = (choice: readonly Manner[]): Manner => random.sample(choice, 1)[0] ?? "honest";
  const habit = (kind: string, to: NodeId): Manner => {
    const key = kind === "report" ? kind : `${kind} ${to}`;
    const known = habits.get(key);
    if (known !== undefined) return known;
    const others: readonly Manner[] = ["honest", "honest", ...manners];
    const drawn = draw(kind === "report" ? ["honest", "corrupt", "corrupt", "silent"] : others);
    habits.set(key, drawn);
    return drawn;
  };
  return {
    name: "treacherous",
    onSend(envelope, { lies: stories, tools }) {
      const { message, to } = envelope;
      const manner = random.chance(0.1) ? draw(manners) : habit(message.kind, to);
      if (manner === "honest") return [envelope];
      if (manner === "silent") return [];
      if (manner === "late") return [{ ...envelope, delayMs: random.integer(0, 3 * timeoutMs) }];
      const told = lies.get(message) ?? new Map<Manner, CcroMessage | undefined>();
      lies.set(message, told);
      if (!told.has(manner)) told.set(manner, stories[manner](message, tools));
      const lie = told.get(manner);
      return lie === undefined ? [envelope] : [{ ...envelope, message: lie, forwarded: undefined }];
    },
  };
}

/** Some messages are lost or come after several time-outs; some links are slow nearly always. */
function stormy(ids: readonly NodeId[], random: Random): Network {
  const [late = 0] = random.sample([0.02, 0.1, 0.3], 1);
  const [lost = 0] = random.sample([0, 0, 0.02, 0.1], 1);
  const isSlow = new Set(
    ids.flatMap((from) => ids.map((to) => `${from} ${to}`)).filter(() => random.chance(0.1)),
  );
  return ({ from, to, now, random: luck }): readonly Millis[] => {
    const usual = 1 + 9 * luck.fraction();
    if (now >= stormEndsMs) return [usual];
    if (luck.chance(lost)) return [];
    if (isSlow.has(`${from} ${to}`) && luck.chance(0.7)) return [luck.integer(20, 1_200)];
    return luck.chance(late) ? [luck.integer(10, 600)] : [usual];
  };
}

/** What is wrong with the run of this seed; nothing, if all is well. */
function weather(seed: number, sizes: readonly number[]): readonly string[] {
  const random = createRandom(`storm ${seed}`);
  const [n = 6] = random.sample(sizes, 1);
  const ids = Array.from({ length: n }, (_, index) => `r${index}`);
  const faulty = random.sample(ids, ccroSafe.faultsTolerated(n));
  const honest = ids.filter((id) => !faulty.includes(id));
  const offline = random.chance(0.2) ? faulty.slice(0, 1) : [];
  const jury = new Jury(honest);
  const watching = jury.observer<CcroMessage>();
  let accepted = 0;
  const clients = random.integer(1, 3);
  const [checkpointInterval = 3] = random.sample([2, 3, 128], 1);
  const simulation = new Simulation<CcroMessage>({
    protocol: ccroSafe,
    n,
    clients,
    seed,
    settings: { batch: random.integer(1, 3), timeoutMs, checkpointInterval },
    network: stormy(ids, random),
    createService: createEcho,
    offline,
    faults: new Map(faulty.map((id) => [id, [treacherous(random.fork(id))]])),
    observer: {
      ...watching,
      effect: (node, effect, now) => {
        watching.effect?.(node, effect, now);
        if (effect.kind === "accept") accepted += 1;
      },
    },
  });
  for (let index = 0; index < requests; index += 1) {
    simulation.at(random.integer(0, stormEndsMs), () => {
      jury.submitted(`c${index % clients}`, `${index}`);
      simulation.request(`c${index % clients}`, `${index}`);
    });
  }
  // Honest nodes fall over, too, and come back with their disks.
  for (const id of random.chance(0.5) ? random.sample(honest, 2) : []) {
    const atMs = random.integer(0, stormEndsMs - 200);
    simulation.at(atMs, () => simulation.crash(id));
    simulation.at(atMs + random.integer(1, 200), () => simulation.restart(id));
  }
  simulation.run(stormEndsMs);
  simulation.run(stormEndsMs + 400 * timeoutMs, () => accepted >= requests);
  simulation.run(simulation.now + 500);
  const { safety, liveness, reasons } = jury.verdict();
  if (safety === "ok" && liveness === "ok") return [];
  return [`seed ${seed}, n = ${n}, faulty ${faulty.join(" ")}: ${safety}, ${liveness}`, ...reasons];
}

describe("ccro-safe with f treacherous nodes anywhere, late and lost messages, crashes", () => {
  for (const [sizes, from, count] of [
    [[3, 4], 0, 15],
    [[6, 7], 100, 45],
    [[9, 12], 200, 20],
  ] as const) {
    test(`agrees, and accepts everything in the end: ${count} seeds at n = ${sizes.join(" and ")}`, () => {
      for (let seed = from; seed < from + count; seed += 1) deepEqual(weather(seed, sizes), []);
    });
  }
});
