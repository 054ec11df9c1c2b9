import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { blockDigest, genesis } from "./blocks.ts";
import { createProtocol } from "./index.ts";
import type { Assignment, Block, CcroMessage, Report } from "./messages.ts";
import { whatReportsAllow } from "./reports.ts";
import { published, type RuleSet, safe } from "./rules.ts";
import { type Flight, Stage } from "./stage.ts";

const nodes = ["r0", "r1", "r2", "r3", "r4", "r5"] as const;

/** n = 6. In epoch 1 r5 is to be primary and r4 communication node. */
function setUp(rules: RuleSet = safe) {
  const stage = new Stage({
    protocol: createProtocol(rules),
    n: 6,
    clients: 2,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 4 },
    random: createRandom(1),
    createCrypto: simulatedCrypto,
    createService: createEcho,
  });
  const refusedBy = (node: string): readonly string[] =>
    stage.effects.flatMap((seen) =>
      seen.node === node && seen.effect.kind === "reject" ? [seen.effect.objection] : [],
    );
  const marksOf = (node: string): readonly string[] =>
    stage.effects.flatMap((seen) =>
      seen.node === node && seen.effect.kind === "mark" ? [seen.effect.mark.name] : [],
    );
  const tell = (from: NodeId, to: string, message: CcroMessage): readonly string[] => {
    const before = refusedBy(to).length;
    stage.say(from, message, [to]);
    stage.deliver(({ signed }) => signed.message === message);
    return refusedBy(to).slice(before);
  };
  const completed = (operation: string) => {
    stage.request("c0", operation);
    stage.deliver();
  };
  return { stage, tell, refusedBy, marksOf, completed };
}

const kindOf = ({ signed }: Flight): string => signed.message.kind;

/** A is prepared: r2 and r3 were sent the commit; nobody is sent the formal block. */
function prepareA(stage: Stage, committed: readonly string[] = ["r2", "r3"]): void {
  stage.request("c0", '"A"');
  stage.deliver(
    (flight) =>
      kindOf(flight) !== "formal-block" &&
      kindOf(flight) !== "answer" &&
      (kindOf(flight) !== "commit" || committed.includes(flight.to)),
  );
}

function reportsIn(stage: Stage): readonly Signed<Report>[] {
  return stage.flights.flatMap(({ signed: { from, message, signature } }) =>
    message.kind === "report" ? [{ from, message, signature }] : [],
  );
}

/** Everybody has reported to r5, and the reports are still under way. */
function reported(rules: RuleSet = safe) {
  const all = setUp(rules);
  const { stage } = all;
  prepareA(stage);
  const assignment = stage.assign(1, "r5", "r4");
  stage.deliver((flight) => kindOf(flight) === "assignment");
  const reports = reportsIn(stage);
  const blockOf = (client: string, operation: string): Block => {
    const request = { kind: "request", operation, timestamp: 1, client } as const;
    return { height: 1, parent: genesis, requests: [stage.sign(client, request)] };
  };
  return { ...all, assignment, reports, blockOf };
}

function opened(
  block: Block,
  assignment: Signed<Assignment>,
  reports: readonly Signed<Report>[],
): CcroMessage {
  const digest = blockDigest(block, hash128);
  return { kind: "preparatory-block", epoch: 1, digest, block, opening: { assignment, reports } };
}

describe("the first block of an epoch, as a voter sees it under R4", () => {
  const { stage, reports, assignment, blockOf } = reported();
  const [first, second, third, fourth, fifth] = reports;
  const enough = [first, second, third, fourth, fifth].flatMap((report) => report ?? []);
  const a = blockOf("c0", '"A"');
  const b = blockOf("c1", '"B"');
  const others = enough.slice(1);
  const changed = (change: Partial<Report>): readonly Signed<Report>[] =>
    enough.map(({ from, message }, index) =>
      index === 0 ? stage.sign(from, { ...message, ...change }) : stage.sign(from, message),
    );
  const certificate = reports.find(({ message }) => message.prepared)?.message.prepared;
  const withCertificate = (change: object) =>
    certificate === undefined ? [] : changed({ prepared: { ...certificate, ...change } });
  const withSignature = enough.map((report) => ({ ...report, signature: "x" }));
  const stolen = enough.map((report, index) => (index === 0 ? { ...report, from: "r5" } : report));
  const ofAClient = stage.sign("c0", { ...(enough[0]?.message as Report), node: "c0" });

  test("five of six reports are enough, two of them with the certificate for A", () => {
    equal(reports.length, 5);
    equal(reports.filter(({ message }) => message.prepared !== undefined).length, 3);
  });

  const rows = [
    ["with four reports", a, others, "too few reports"],
    ["with a report twice", a, [...others, ...others.slice(0, 1)], "a report counted twice"],
    ["with forged signatures", a, withSignature, "a forged report"],
    ["with somebody else's report", a, stolen, "not its own name"],
    ["with the report of a client", a, [...others, ofAClient], "not a node"],
    ["with a report for another epoch", a, changed({ epoch: 2 }), "a report for another epoch"],
    ["with a report for other roles", a, changed({ roles: "ab" }), "a report for other roles"],
    ["with a height that nothing proves", a, changed({ height: 3 }), "a height without proof"],
    [
      "with a certificate for another height",
      a,
      withCertificate({ height: 2 }),
      "a certificate for another height",
    ],
    ["with a certificate of too few votes", a, withCertificate({ votes: [] }), "too few votes"],
    [
      "with a certificate for another digest",
      a,
      withCertificate({ digest: "ab" }),
      "too few votes",
    ],
    [
      "with a certificate of another epoch",
      a,
      withCertificate({ epoch: 3 }),
      "evidence of another epoch",
    ],
    [
      "that is not the one of the certificate",
      b,
      enough,
      "not the block of the highest certificate",
    ],
  ] as const;

  for (const [what, block, shown, objection] of rows) {
    test(`${what} is refused`, () => {
      const { tell } = reported();
      deepEqual(tell("r5", "r2", opened(block, assignment, shown)), [objection]);
    });
  }

  test("without reports is refused, and the primary is asked for them", () => {
    const { tell, stage: again } = reported();
    const digest = blockDigest(a, hash128);
    const bare: CcroMessage = { kind: "preparatory-block", epoch: 1, digest, block: a };
    deepEqual(tell("r5", "r2", bare), ["no reports for this epoch"]);
    equal(again.flights.filter(({ from, to }) => from === "r2" && to === "r5").length > 0, true);
  });

  test("is accepted when it is the one of the certificate, even by a node that knows nothing of it", () => {
    for (const node of ["r0", "r1", "r2"]) {
      const { tell, marksOf, stage: again } = reported();
      deepEqual(tell("r5", node, opened(a, assignment, enough)), []);
      const digest = blockDigest(a, hash128);
      deepEqual(tell("r4", node, { kind: "pre-prepare", epoch: 1, height: 1, digest }), []);
      equal(
        again.flights.filter(
          ({ from, signed }) => from === node && signed.message.kind === "prepare",
        ).length,
        1,
      );
      equal(marksOf(node).includes("epoch changed"), true);
    }
  });

  test("may be anything where no report holds a certificate", () => {
    const { tell, stage: free } = setUp();
    const roles = free.assign(1, "r5", "r4");
    free.deliver((flight) => kindOf(flight) === "assignment");
    deepEqual(tell("r5", "r2", opened(b, roles, reportsIn(free))), []);
  });

  test("must stand above the blocks that the reports prove, even for a node that lacks them", () => {
    for (const behind of ["r2", "nobody"]) {
      const { tell, stage: later } = setUp();
      later.request("c0", '"1"');
      later.deliver((flight) => !(kindOf(flight) === "formal-block" && flight.to === behind));
      later.drop(() => true);
      const roles = later.assign(1, "r5", "r4");
      later.deliver((flight) => kindOf(flight) === "assignment");
      const shown = reportsIn(later);
      deepEqual(tell("r5", "r2", opened(b, roles, shown)), [
        behind === "r2" ? "a height below the reports" : "an old height",
      ]);
      const parent = later.storedAt(1)[0] ?? "";
      deepEqual(tell("r5", "r2", opened({ ...b, height: 2, parent }, roles, shown)), []);
    }
  });

  test("is checked by the communication node, too", () => {
    const { tell } = reported();
    deepEqual(tell("r5", "r4", opened(b, assignment, enough)), [
      "not the block of the highest certificate",
    ]);
  });

  test("is not checked as published", () => {
    const { tell, assignment: roles } = reported(published);
    deepEqual(tell("r5", "r2", opened(b, roles, [])), []);
  });
});

describe("what reports allow", () => {
  const prepared = (epoch: number, height: number, digest: string) => ({
    epoch,
    height,
    digest,
    votes: [],
  });
  const report = (height: number, certificate?: ReturnType<typeof prepared>): Signed<Report> => ({
    from: "r0",
    message: { kind: "report", epoch: 9, roles: "", node: "r0", height, prepared: certificate },
    signature: "",
  });
  const rows = [
    ["nothing is known", [], 0, undefined],
    ["nobody holds a certificate", [report(2), report(1)], 2, undefined],
    ["one does", [report(0), report(0, prepared(0, 1, "a"))], 0, "a"],
    [
      "two of different epochs, the older first",
      [report(0, prepared(1, 1, "a")), report(0, prepared(2, 1, "b"))],
      0,
      "b",
    ],
    [
      "two of different epochs, the newer first",
      [report(0, prepared(2, 1, "b")), report(0, prepared(1, 1, "a"))],
      0,
      "b",
    ],
    [
      "a certificate is for a height that others store",
      [report(0, prepared(3, 1, "a")), report(1)],
      1,
      undefined,
    ],
    [
      "an older certificate is for the next height",
      [report(0, prepared(3, 1, "a")), report(1, prepared(0, 2, "b"))],
      1,
      "b",
    ],
  ] as const;
  for (const [what, reports, height, forced] of rows) {
    test(`when ${what}: above ${height}, ${forced ?? "anything"}`, () => {
      deepEqual(whatReportsAllow(reports), { height, forced });
    });
  }
});

describe("a report at the new primary", () => {
  test("counts once, and not at anybody else", () => {
    const { tell, reports } = reported();
    const [report] = reports;
    if (report === undefined) throw new Error("nobody reported");
    deepEqual(tell(report.from, "r3", { ...report.message }), ["not my role"]);
    deepEqual(tell(report.from, "r5", { ...report.message, node: "r9" }), ["not its own name"]);
    deepEqual(tell(report.from, "r5", { ...report.message, height: 7 }), [
      "a height without proof",
    ]);
  });

  test("waits when it comes before the primary knows its role", () => {
    const { stage, marksOf } = setUp();
    stage.assign(1, "r5", "r4");
    stage.deliver((flight) => kindOf(flight) === "assignment" && flight.to !== "r5");
    stage.deliver((flight) => kindOf(flight) === "report");
    equal(marksOf("r5").includes("epoch opened"), false);
    stage.deliver((flight) => kindOf(flight) === "assignment");
    equal(marksOf("r5").includes("epoch opened"), true);
  });

  for (const [rules, needed] of [
    [safe, 5],
    [published, 3],
  ] as const) {
    test(`opens the epoch under ${rules.name} when ${needed} nodes have reported, itself included`, () => {
      const { stage, marksOf } = setUp(rules);
      stage.assign(1, "r5", "r4");
      stage.deliver((flight) => kindOf(flight) === "assignment");
      for (let count = 2; count <= needed; count += 1) {
        equal(marksOf("r5").includes("epoch opened"), false);
        const [next] = stage.flights.filter((flight) => kindOf(flight) === "report");
        if (next !== undefined) stage.arrive(next);
      }
      equal(marksOf("r5").includes("epoch opened"), true);
    });
  }
});

describe("a hand-over", () => {
  test("keeps a block that was completed and told to nobody, under ccro-safe", () => {
    const { stage } = setUp();
    prepareA(stage, ["r2", "r3", "r4", "r5"]);
    deepEqual(stage.deliveries.get("r0")?.length, 1);
    const isOfTheDead = ({ from, to }: Flight) => from === "r0" || to === "r0";
    stage.drop(isOfTheDead);
    stage.assign(1, "r5", "r4");
    stage.request("c1", '"B"');
    stage.deliver((flight) => !isOfTheDead(flight) || kindOf(flight) === "request");
    for (let round = 0; round < 3; round += 1) {
      for (const node of nodes.slice(1)) stage.timeOut(node);
      stage.deliver((flight) => !isOfTheDead(flight));
    }
    equal(stage.storedAt(1).length, 1);
    equal((stage.deliveries.get("r2") ?? []).length > 0, true);
  });

  test("lets a new primary that never saw the block fetch it from its voters", () => {
    const { stage, marksOf } = setUp();
    stage.request("c0", '"A"');
    stage.deliver(
      (flight) => flight.to !== "r5" && !["formal-block", "answer"].includes(kindOf(flight)),
    );
    stage.drop((flight) =>
      ["preparatory-block", "pre-prepare", "commit", "formal-block"].includes(kindOf(flight)),
    );
    const [a] = stage.storedAt(1, ["r0"]);
    stage.assign(1, "r5", "r4");
    stage.deliver(({ from, to }) => from !== "r0" && to !== "r0");
    equal(marksOf("r5").includes("epoch opened"), true);
    deepEqual(stage.storedAt(1), [a]);
    equal(stage.deliveries.get("r5")?.length, 1);
  });

  for (const [what, sees] of [
    ["holds on trial", true],
    ["never saw", false],
  ] as const) {
    test(`lets a new primary store a block that it ${what}, that is reported as stored, and that its holder hands to nobody`, () => {
      const { stage, marksOf } = setUp();
      const isLate = (flight: Flight) => ["formal-block", "answer"].includes(kindOf(flight));
      stage.request("c0", '"A"');
      stage.deliver((flight) => !isLate(flight) && (sees || flight.to !== "r5"));
      stage.drop(() => true);
      const [a] = stage.storedAt(1, ["r0"]);
      equal(typeof a, "string");
      stage.assign(1, "r5", "r4");
      // r0's report is among the first five; of blocks it says nothing.
      stage.deliver((flight) => kindOf(flight) === "assignment");
      stage.deliver((flight) => kindOf(flight) === "report" && flight.from === "r0");
      const isHandedOut = (flight: Flight) => flight.from === "r0" && kindOf(flight) === "excerpt";
      stage.drop(({ from, to }) => from === "r3" && to === "r5");
      stage.deliver((flight) => !isHandedOut(flight));
      stage.drop(isHandedOut);
      equal(marksOf("r5").includes("epoch opened"), sees);
      stage.timeOut("r5");
      stage.deliver((flight) => !isHandedOut(flight));
      equal(marksOf("r5").includes("epoch opened"), true);
      deepEqual(stage.storedAt(1, ["r5"]), [a]);
    });
  }

  test("does not let a new primary store a block that no report proves", () => {
    const { stage, tell, marksOf } = setUp();
    prepareA(stage);
    stage.drop(() => true);
    stage.assign(1, "r5", "r4");
    stage.deliver((flight) => kindOf(flight) === "assignment");
    stage.drop(({ from }) => from === "r0");
    stage.deliver((flight) => kindOf(flight) === "report");
    equal(marksOf("r5").includes("epoch opened"), true);
    deepEqual(stage.storedAt(1, ["r5"]), []);
    const block = { height: 1, parent: genesis, requests: [] };
    const digest = blockDigest(block, hash128);
    const wanted = { digest, block };
    deepEqual(tell("r2", "r5", { kind: "excerpt", height: 0, blocks: [], wanted }), [
      "a block that nobody asked for",
    ]);
  });

  test("lets a new primary that is behind catch up before it begins", () => {
    for (const rules of [published, safe]) {
      const { stage } = setUp(rules);
      for (const operation of ['"1"', '"2"', '"3"']) {
        stage.request("c0", operation);
        stage.deliver(({ to }) => to !== "r5");
      }
      stage.drop(() => true);
      stage.assign(1, "r5", "r4");
      stage.deliver();
      equal(stage.node("r5").machine.status().slot, 3);
      stage.request("c1", '"B"');
      stage.deliver();
      for (const node of nodes) stage.timeOut(node);
      stage.deliver();
      equal(stage.node("r2").machine.status().view, 1);
    }
  });

  for (const [rules, replies] of [
    [safe, 0],
    [published, 1],
  ] as const) {
    test(`${replies === 0 ? "forbids" : "allows"} a reply in the epoch that was left, under ${rules.name} (R5)`, () => {
      const { stage, refusedBy } = setUp(rules);
      prepareA(stage, []);
      stage.assign(1, "r5", "r4");
      stage.deliver((flight) => kindOf(flight) === "assignment");
      stage.deliver((flight) => kindOf(flight) === "commit" && flight.to === "r3");
      const said = stage.flights.filter(
        (flight) => flight.from === "r3" && kindOf(flight) === "reply",
      );
      equal(said.length, replies);
      equal(refusedBy("r3").includes("an older epoch"), replies === 0);
    });
  }

  test("takes back what was on trial when the new epoch begins with something else", () => {
    const { stage, marksOf } = setUp(published);
    prepareA(stage, ["r2"]);
    stage.assign(1, "r5", "r4");
    stage.deliver((flight) => kindOf(flight) === "assignment");
    const b = { kind: "request", operation: '"B"', timestamp: 1, client: "c1" } as const;
    const block = { height: 1, parent: genesis, requests: [stage.sign("c1", b)] };
    const digest = blockDigest(block, hash128);
    stage.say("r5", { kind: "preparatory-block", epoch: 1, digest, block }, ["r2"]);
    stage.say("r4", { kind: "commit", epoch: 1, height: 1, digest, votes: [] }, ["r2"]);
    stage.deliver(({ from, to }) => to === "r2" && (from === "r5" || from === "r4"));
    equal(marksOf("r2").includes("rolled back"), true);
  });

  test("brings back a primary that did not hear of it: its successor tells it", () => {
    const { stage } = setUp();
    const isNews = (flight: Flight) => kindOf(flight) === "assignment" && flight.to === "r0";
    stage.assign(1, "r5", "r4");
    stage.deliver((flight) => !(isNews(flight) && flight.from === "m0"));
    stage.drop((flight) => isNews(flight));
    equal(stage.node("r0").machine.status().view, 0);
    stage.request("c0", '"A"');
    stage.deliver();
    equal(stage.node("r0").machine.status().view, 1);
    equal(stage.acceptances.get("c0")?.length, 1);
  });

  test("takes a node along that only hears of it with the first block", () => {
    const { stage } = setUp();
    stage.assign(1, "r5", "r4");
    stage.drop((flight) => kindOf(flight) === "assignment" && flight.to === "r2");
    stage.request("c0", '"A"');
    stage.deliver();
    equal(stage.node("r2").machine.status().view, 1);
    equal(stage.storedAt(1).length, 1);
  });

  const refused = [
    [
      "by a node",
      (stage: Stage, roles: Assignment) => stage.sign("r3", roles),
      "an assignment that the monitor did not sign",
    ],
    [
      "with one node in two roles",
      (stage: Stage, roles: Assignment) => stage.sign("m0", { ...roles, communication: "r5" }),
      "an assignment that is none",
    ],
    [
      "with a node that nobody knows",
      (stage: Stage, roles: Assignment) => stage.sign("m0", { ...roles, primary: "r9" }),
      "an assignment that is none",
    ],
    [
      "with too few voters for f liars",
      (stage: Stage, roles: Assignment) =>
        stage.sign("m0", { ...roles, consensus: ["r0", "r1", "r2"] }),
      "an assignment that is none",
    ],
    [
      "for epoch 0",
      (stage: Stage, roles: Assignment) => stage.sign("m0", { ...roles, epoch: 0 }),
      "an older epoch",
    ],
  ] as const;

  for (const [what, sign, objection] of refused) {
    test(`is refused when assigned ${what}`, () => {
      const { stage, refusedBy } = setUp();
      const roles = {
        kind: "assignment",
        epoch: 1,
        primary: "r5",
        communication: "r4",
        consensus: ["r0", "r1", "r2", "r3"],
      } as const;
      const signed = sign(stage, roles);
      stage.arrive({ from: signed.from, to: "r2", signed });
      deepEqual(refusedBy("r2"), [objection]);
      equal(stage.node("r2").machine.status().view, 0);
    });
  }

  test("to two different sets of roles for one epoch is not followed: the first counts", () => {
    const { stage, refusedBy } = setUp();
    stage.assign(1, "r5", "r4");
    stage.assign(1, "r2", "r3");
    stage.deliver((flight) => kindOf(flight) === "assignment" && flight.to === "r0");
    deepEqual(refusedBy("r0"), ["other roles for this epoch"]);
    equal(stage.node("r0").machine.status()["primary"], "r5");
  });
});

describe("a monitor that assigns different roles to different nodes under one epoch number", () => {
  test("opens neither when it splits them", () => {
    const { stage, marksOf } = setUp();
    stage.assign(1, "r2", "r4", ["r0", "r2", "r4"]);
    stage.assign(1, "r3", "r5", ["r1", "r3", "r5"]);
    stage.request("c0", '"A"');
    stage.deliver();
    deepEqual(
      nodes.filter((node) => marksOf(node).includes("epoch opened")),
      [],
    );
    equal(stage.storedAt(1).length, 0);
    stage.assign(2, "r2", "r3");
    stage.deliver();
    equal(stage.storedAt(1).length, 1);
    equal(
      nodes.every((node) => stage.deliveries.get(node)?.length === 1),
      true,
    );
  });

  test("opens one when f nodes at most believe the other, and they follow its blocks", () => {
    const { stage, marksOf } = setUp();
    stage.assign(1, "r2", "r4", ["r0", "r1", "r2", "r4", "r5"]);
    stage.assign(1, "r3", "r5", ["r3"]);
    stage.request("c0", '"A"');
    stage.deliver();
    deepEqual(
      nodes.filter((node) => marksOf(node).includes("epoch opened")),
      ["r2"],
    );
    equal(stage.storedAt(1).length, 1);
    equal(stage.deliveries.get("r3")?.length, 1);
  });
});
