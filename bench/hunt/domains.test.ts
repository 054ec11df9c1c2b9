/** Hunts over clusters in domains: one ledger in height order, progress once they heal, f liars in each. */

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "vitest";
import { drawSchedule } from "../../sim/draw-schedule.ts";
import { faultyNodes } from "../../sim/schedule.ts";
import { domainsIn } from "../domains/in-domains.ts";
import { protocolNamed } from "../protocols.ts";
import { groundFor, promisesOf } from "./ground.ts";
import { brokenKinds } from "./hunter.ts";
import { huntShare } from "./worker.ts";

const share = { sizes: undefined, of: "seeds", wanted: brokenKinds, mostFinds: 9 } as const;

// Short: a long one goes by `hunt --domains`.
for (const [protocol, domains, count, change] of [
  ["pbft", 2, 12, "new view"],
  ["pbft", 3, 8, "new view"],
  ["ccro-safe", 2, 12, "epoch opened"],
  ["ccro-safe", 3, 8, "epoch opened"],
] as const) {
  test(`${protocol} in ${domains} domains keeps what it promises in ${count} schedules`, () => {
    const harvest = huntShare({ ...share, protocol, domains, first: 0, count });
    deepEqual(
      harvest.finds.map(({ schedule, broken, reasons }) => [schedule.seed, broken, reasons]),
      [],
    );
    equal(harvest.schedules, count);
    ok(harvest.decisions > count, "they decide");
    ok(Object.keys(harvest.fired).length > 0, "liars lie");
    ok((harvest.coverage[change] ?? 0) > 0, "leaders change");
  });
}

test("the same hunt forks published ccro in domains", () => {
  const wanted = { ...share, wanted: ["fork"], protocol: "ccro", domains: 2 } as const;
  const { finds } = huntShare({ ...wanted, first: 20, count: 2 });
  deepEqual(
    finds.map(({ schedule }) => [schedule.protocol, schedule.seed]),
    [["ccro/2/20", 21]],
  );
});

test("at most f nodes misbehave in each domain, and in several at once", () => {
  let inSeveral = 0;
  for (const name of ["pbft", "ccro-safe"]) {
    const inner = protocolNamed(name);
    const ground = groundFor(name, undefined, { domains: 3, seed: 7 });
    for (let seed = 0; seed < 300; seed += 1) {
      const schedule = drawSchedule(ground, seed);
      const crashed = schedule.events.flatMap((event) =>
        event.kind === "crash" ? [event.node] : [],
      );
      const wrong = new Set([...faultyNodes(schedule), ...crashed]);
      const counts = domainsIn(inner, schedule.n, 3, 7).map(
        ({ replicas, f }) => [replicas.filter((id) => wrong.has(id)).length, f] as const,
      );
      for (const [count, f] of counts) ok(count <= f, `${name} seed ${seed}`);
      if (counts.filter(([count]) => count > 0).length > 1) inSeveral += 1;
    }
  }
  ok(inSeveral > 100, `${inSeveral}`);
});

test("a find in domains is promised or not as the protocol inside promises", () => {
  deepEqual(promisesOf("ccro-safe/3/100"), promisesOf("ccro-safe"));
  deepEqual(promisesOf("ccro/2/0"), promisesOf("ccro"));
});

test("domains that cannot be are refused in a sentence", () => {
  const two = { domains: 2, seed: 0 };
  throws(() => groundFor("paxos", undefined, two), /domains must be 1 for paxos/);
  throws(() => groundFor("ccro-safe", [5], two), /domain/);
});
