import { deepEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Protocol } from "../core/protocol.ts";
import { faultsOf, lifeOf } from "../faults/chain.ts";
import { parseFaults } from "../faults/notation.ts";
import { placeFaults } from "../faults/placement.ts";
import { createEcho } from "../services/echo.ts";
import { Jury } from "../sim/judge.ts";
import { uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { ccro, ccroSafe } from "./index.ts";
import type { CcroMessage } from "./messages.ts";

const timeoutMs = 100;
const requests = 12;

/** Requests one after another while these fail, in the notation of the command line. */
function run(protocol: Protocol<CcroMessage>, n: number, text: string, seed = 1) {
  const placed = placeFaults(parseFaults([text]), protocol, n, createRandom(seed));
  const ids = protocol.members(n).map(({ id }) => id);
  const faulty = placed.flatMap(({ nodes }) => nodes);
  const honest = ids.filter((id) => id !== "m0" && !faulty.includes(id));
  const jury = new Jury(honest);
  const simulation = new Simulation<CcroMessage>({
    protocol,
    n,
    clients: 2,
    seed,
    settings: { batch: 1, timeoutMs, checkpointInterval: 8 },
    network: uniformDelay(1, 5),
    createService: createEcho,
    offline: ids.filter((id) => lifeOf(placed, id).isOffline),
    faults: new Map(ids.map((id) => [id, faultsOf<CcroMessage>(placed, id)])),
    observer: jury.observer<CcroMessage>(),
  });
  for (let index = 0; index < requests; index += 1) {
    simulation.at(40 * index, () => {
      const client = `c${index % 2}`;
      jury.submitted(client, `${index}`);
      simulation.request(client, `${index}`);
    });
  }
  simulation.run(300 * timeoutMs);
  const hasFired = (mode: string, role?: string): boolean =>
    simulation.witnesses().some(({ fault, fired, roles }) => {
      return fault === mode && fired > 0 && (role === undefined || roles.has(role));
    });
  return { verdict: jury.verdict(), hasFired, simulation };
}

// What each must do to be there at all: the mode that fires, and the role in which it does.
const faults = [
  [6, "silent@communication", "silent", "communication"],
  [6, "selective(r3)@communication", "selective", "communication"],
  [6, "selective(r3+r4)@communication", "selective", "communication"],
  [6, "dark(r3)@communication", "dark", "communication"],
  [6, "dark(r3+r4)@communication", "dark", "communication"],
  [6, "forge@communication", "forge", "communication"],
  [6, "misreport@communication", "misreport", "communication"],
  [6, "malicious@communication", "malicious", "communication"],
  [6, "silent@commander", "silent", "primary"],
  [6, "selective(r1)@commander", "selective", "primary"],
  [6, "selective(r3)@commander", "selective", "primary"],
  [6, "equivocating(r1)@commander", "equivocating", "primary"],
  [6, "equivocating(r3)@commander", "equivocating", "primary"],
  [6, "equivocating(r3+r4)@commander", "equivocating", "primary"],
  [9, "equivocating@commander+communication", "equivocating", "primary"],
  [9, "forge@commander+communication", "forge", "communication"],
  [9, "silent@commander+communication", "silent", "communication"],
  [9, "equivocating(r3+r4)@commander;forge@communication", "forge", "communication"],
  [9, "offline@commander;sleeper@r3", "sleeper", "primary"],
  [9, "offline@commander;sleeper(silent)@r3", "sleeper", "primary"],
  [9, "offline@commander;sleeper(forge)@r3", "sleeper", "primary"],
  [9, "silent@communication;sleeper(equivocating)@r4", "sleeper", "communication"],
] as const;

describe("ccro-safe agrees and serves everybody, with f nodes that fail in their roles", () => {
  for (const [n, text, mode, role] of faults) {
    test(`n = ${n}: ${text}, which fires as ${role}`, () => {
      const { verdict, hasFired } = run(ccroSafe, n, text);
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
      ok(hasFired(mode, role), `${mode} did nothing as ${role}`);
    });
  }
});

describe("published ccro with the same nodes is shown as it is", () => {
  // It serves its clients in each of these; a primary whose word is a block makes it fork.
  const forks: ReadonlySet<string> = new Set([
    "equivocating(r3)@commander",
    "offline@commander;sleeper(forge)@r3",
  ]);
  for (const [n, text] of faults) {
    const isForked = forks.has(text);
    test(`n = ${n}: ${text}: ${isForked ? "two blocks at one height" : "it holds this time"}`, () => {
      const { verdict } = run(ccro, n, text);
      deepEqual([verdict.safety, verdict.liveness], [isForked ? "violated" : "ok", "ok"]);
    });
  }
});

test("a sleeper that is never elected never strikes, and says so", () => {
  const { verdict, hasFired } = run(ccroSafe, 6, "sleeper@r4");
  deepEqual([verdict.safety, hasFired("sleeper")], ["ok", false]);
});
