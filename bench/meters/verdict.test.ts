import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Violation } from "../../core/inspector.ts";
import type { Delivery } from "../../core/machine.ts";
import type { FaultRequest } from "../../faults/placed-fault.ts";
import type { Cluster, ClusterMember, ParticipantReport } from "../cluster.ts";
import { isHonest, verdictOn } from "./verdict.ts";

const member = (id: string, faults: readonly string[] = []): ClusterMember => ({
  id,
  role: "backup",
  isReplica: true,
  url: undefined,
  faults,
});

const delivery = (slot: number, digest = "d"): Delivery => ({
  slot,
  view: 0,
  digest,
  history: digest,
  executed: [{ client: "c0", timestamp: slot, operation: `"${slot}"`, result: `"${slot}"` }],
});

const report = (
  id: string,
  deliveries: readonly Delivery[],
  change: Partial<ParticipantReport> & { readonly marks?: Record<string, number> } = {},
) =>
  ({
    id,
    deliveries,
    acceptances: [],
    witnesses: [],
    counters: { marks: change.marks ?? {} },
    ...change,
  }) as unknown as ParticipantReport;

function verdict(
  members: readonly ClusterMember[],
  reports: readonly ParticipantReport[],
  faults: readonly FaultRequest[] = [],
  found: readonly Violation[] = [],
) {
  const submissions = [1, 2].map((slot) => ({ client: "c0", operation: `"${slot}"` }));
  const evidence = { faults, submissions, reports, livedMs: 1000 };
  const cluster = { members, violations: () => found };
  return verdictOn(cluster as unknown as Cluster, evidence);
}

const both = [delivery(1), delivery(2)];

test("honest nodes that differ are a violation", () => {
  const { safety, reasons } = verdict(
    [member("r0"), member("r1")],
    [report("r0", both), report("r1", [delivery(1), delivery(2, "e")])],
  );
  equal(safety, "violated");
  equal(reasons[0]?.includes("slot 2 is d at r0 and e at r1"), true);
});

test("what a liar executed is nobody's matter", () => {
  const { safety } = verdict(
    [member("r0"), member("r1", ["equivocating"])],
    [report("r0", both), report("r1", [delivery(1, "e")])],
  );
  equal(safety, "ok");
});

test("a node that is only late or silent must agree", () => {
  deepEqual(
    [
      ["delay"],
      ["dark"],
      ["crash"],
      ["offline"],
      ["delay", "malicious"],
      ["forge"],
      ["replay"],
    ].map((faults) => isHonest(member("r1", faults))),
    [true, true, true, true, false, false, false],
  );
  const { safety } = verdict(
    [member("r0"), member("r1", ["delay"])],
    [report("r0", both), report("r1", [delivery(1, "e")])],
  );
  equal(safety, "violated");
});

test("a gap is a violation, unless the node took over the state of others", () => {
  const members = [member("r0"), member("r1")];
  const late = [delivery(2)];
  equal(verdict(members, [report("r0", both), report("r1", late)]).safety, "violated");
  const marks = { "state transferred": 1 };
  equal(verdict(members, [report("r0", both), report("r1", late, { marks })]).safety, "ok");
});

test("who came back may execute what is on its disk once more, as often as it came back", () => {
  const members = [member("r0"), member("r1", ["crash"])];
  const lives = [...both, ...both];
  const crash = { mode: "crash", args: [], who: "1", fromMs: 100 };
  const safetyOf = (deliveries: readonly Delivery[], untilMs: number) =>
    verdict(members, [report("r0", both), report("r1", deliveries)], [{ ...crash, untilMs }])
      .safety;
  equal(safetyOf(lives, 200), "ok");
  equal(safetyOf(lives, Infinity), "violated");
  equal(safetyOf([...lives, ...both], 200), "violated");
  equal(safetyOf([...both, delivery(1, "e")], 200), "violated");
});

test("what the protocol's own judges found is a violation", () => {
  const found = [
    { judge: "one vote", slot: 2, nodes: ["r1"], digests: [], message: "r1 voted twice" },
  ];
  const members = [member("r0"), member("r1")];
  const { safety, reasons, violations } = verdict(
    members,
    [report("r0", both), report("r1", both)],
    [],
    found,
  );
  equal(safety, "violated");
  deepEqual(violations, found);
  equal(reasons[0], "one vote: r1 voted twice");
});

test("a fault that did nothing makes it invalid", () => {
  const witnesses = [{ fault: "malicious", fired: 0, roles: [] }];
  const members = [member("r0"), member("r1", ["malicious"])];
  equal(verdict(members, [report("r0", both), report("r1", [], { witnesses })]).safety, "invalid");
});
