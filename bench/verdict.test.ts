import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Delivery } from "../core/machine.ts";
import type { Cluster, ClusterMember, ParticipantReport } from "./cluster.ts";
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

function verdict(members: readonly ClusterMember[], reports: readonly ParticipantReport[]) {
  const submissions = [1, 2].map((slot) => ({ client: "c0", operation: `"${slot}"` }));
  const evidence = { faults: [], submissions, reports, livedMs: 1000 };
  return verdictOn({ members } as unknown as Cluster, evidence);
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

test("a fault that did nothing makes it invalid", () => {
  const witnesses = [{ fault: "malicious", fired: 0, roles: [] }];
  const members = [member("r0"), member("r1", ["malicious"])];
  equal(verdict(members, [report("r0", both), report("r1", [], { witnesses })]).safety, "invalid");
});
