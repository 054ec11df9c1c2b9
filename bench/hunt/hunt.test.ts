/** The hunt finds what is there, makes it small, and replays it to the letter. */

import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { drawSchedule } from "../../sim/draw-schedule.ts";
import { faultyNodes } from "../../sim/schedule.ts";
import { groundFor, huntable } from "./ground.ts";
import { brokenKinds, huntSeeds, shrinkFind } from "./hunter.ts";
import { readSchedule, writeFind } from "./schedule-file.ts";
import { describeSchedule, replay } from "./story.ts";
import { twinsPlan } from "./twins.ts";
import { huntShare } from "./worker.ts";

const folder = mkdtempSync(join(tmpdir(), "hunt-"));
const fork = { wanted: ["fork"], mostFinds: 1 } as const;

for (const [name, firstSeed] of [
  ["ccro", 5_200],
  ["ccro-certified", 450],
] as const) {
  test(`published weakness: ${name} forks, in at most 30 events, equally each time`, () => {
    const ground = groundFor(name);
    const [find] = huntSeeds(ground, firstSeed, 1_000, fork).finds;
    ok(find !== undefined, "a fork within 1,000 schedules");
    const small = shrinkFind(find);
    ok(small.schedule.events.length <= 30);
    const path = join(folder, `${name}.json`);
    writeFind(path, small);
    const [first, second] = [replay(readSchedule(path)), replay(readSchedule(path))];
    equal(first.verdict.safety, "violated");
    equal(first.hash, second.hash);
    deepEqual(first.diagram, second.diagram);
    match(describeSchedule(small.schedule).join("\n"), /healed at/);
    const cured = replay({ ...small.schedule, protocol: "ccro-safe" });
    equal(cured.verdict.safety, "ok");
  });
}

for (const name of ["pbft", "ccro-safe", "paxos"]) {
  test(`${name} keeps what it promises in 150 schedules, and they reach something`, () => {
    const bag = { wanted: brokenKinds, mostFinds: 1 };
    const { finds, decisions, schedules, coverage } = huntSeeds(groundFor(name), 0, 150, bag);
    deepEqual(
      finds.map(({ schedule, broken }) => `${broken} at seed ${schedule.seed}`),
      [],
    );
    equal(schedules, 150);
    ok(decisions > 150);
    ok(Object.keys(coverage).length >= 5);
  });
}

test("schedules never have more misbehaving nodes than a protocol tolerates", () => {
  for (const name of huntable()) {
    const ground = groundFor(name);
    for (let seed = 0; seed < 300; seed += 1) {
      const schedule = drawSchedule(ground, seed);
      const crashed = schedule.events.flatMap((event) =>
        event.kind === "crash" ? [event.node] : [],
      );
      const replicas = ground.protocol.members(schedule.n).filter(({ isReplica }) => isReplica);
      const wrong = new Set([...faultyNodes(schedule), ...crashed]);
      const bad = new Set(replicas.map(({ id }) => id).filter((id) => wrong.has(id)));
      ok(bad.size <= ground.protocol.faultsTolerated(schedule.n), `${name} seed ${seed}`);
    }
  }
});

test("Twins over one view: 225 schedules of PBFT, all safe and live", () => {
  const share = {
    protocol: "pbft",
    sizes: undefined,
    wanted: brokenKinds,
    mostFinds: 1,
    domains: 1,
  };
  const harvest = huntShare({ ...share, of: { twinsOver: 1, step: 1 }, first: 0, count: 225 });
  equal(harvest.schedules, 225);
  deepEqual(harvest.finds, []);
  ok((harvest.coverage["equivocation"] ?? 0) > 0, "twins equivocate");
});

test("a hunt where there is nothing to hunt is refused in a sentence", () => {
  throws(() => groundFor("flood"), /--protocol flood cannot be hunted, only pbft/);
  throws(() => twinsPlan(groundFor("paxos").protocol, 2), /--twins is for pbft, not paxos/);
});

const wrong = [
  ["missing.json", undefined, /cannot be read/],
  ["text.json", "no", /is not JSON/],
  ["empty.json", "{}", /schedule/],
  ["event.json", '{"schedule":{"events":[{"kind":"flood"}]}}', /schedule/],
] as const;
for (const [name, text, complaint] of wrong) {
  test(`${name} is refused as a schedule`, () => {
    const path = join(folder, name);
    if (text !== undefined) writeFileSync(path, text);
    expect(() => readSchedule(path)).toThrow(complaint);
  });
}
