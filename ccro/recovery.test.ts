import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import { modeNamed } from "../faults/modes.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { hash128 } from "../sim/hash.ts";
import { Jury } from "../sim/judge.ts";
import { duplicating, lossy, type Network, partitioned, uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { Simulation } from "../sim/simulation.ts";
import { blockDigest, genesis } from "./blocks.ts";
import { ccro, ccroCertified, ccroSafe } from "./index.ts";
import type { CcroMessage, Prepare } from "./messages.ts";
import { Stage } from "./stage.ts";

const timeoutMs = 100;
const protocols = [ccro, ccroCertified, ccroSafe];

interface Trouble {
  readonly n: number;
  readonly faulty?: readonly NodeId[];
  readonly offline?: readonly NodeId[];
  readonly faults?: ReadonlyMap<NodeId, readonly Fault<CcroMessage>[]>;
  readonly network?: Network;
  readonly requests?: number;
  readonly everyMs?: Millis;
  readonly untilMs?: Millis;
  plan?(simulation: Simulation<CcroMessage>): void;
}

/** Requests come one after another while something is wrong; then the run goes on to its end. */
function run(protocol: (typeof protocols)[number], trouble: Trouble) {
  const { n, faulty = [], offline = [], faults, requests = 6, everyMs = 20 } = trouble;
  const replicas = protocol.members(n).flatMap(({ id, isReplica }) => (isReplica ? [id] : []));
  const jury = new Jury(replicas.filter((id) => !faulty.includes(id)));
  const watching = jury.observer<CcroMessage>();
  const marks: string[] = [];
  const acceptedAt: Millis[] = [];
  const simulation = new Simulation<CcroMessage>({
    protocol,
    n,
    clients: 1,
    seed: n,
    settings: { batch: 1, timeoutMs, checkpointInterval: 4 },
    network: trouble.network ?? uniformDelay(1, 5),
    createService: createEcho,
    offline,
    faults,
    observer: {
      ...watching,
      effect: (node, effect, now) => {
        watching.effect?.(node, effect, now);
        if (effect.kind === "mark") marks.push(`${node} ${effect.mark.name}`);
        if (effect.kind === "accept") acceptedAt.push(now);
      },
    },
  });
  for (let index = 0; index < requests; index += 1) {
    simulation.at(index * everyMs, () => {
      jury.submitted("c0", `${index}`);
      simulation.request("c0", `${index}`);
    });
  }
  trouble.plan?.(simulation);
  simulation.run(trouble.untilMs ?? 200 * timeoutMs);
  const status = (id: NodeId) => simulation.node(id)?.machine.status();
  return { simulation, verdict: jury.verdict(), marks, acceptedAt, status };
}

function expectGood({ verdict }: ReturnType<typeof run>): void {
  deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"], verdict.reasons.join("\n"));
}

for (const protocol of protocols) {
  describe(`${protocol.name} replaces`, () => {
    const absent = [
      ["a primary", 6, ["r0"]],
      ["a communication node", 6, ["r1"]],
      ["a primary at n = 7", 7, ["r0"]],
      ["primary and communication node", 9, ["r0", "r1"]],
      ["a primary whose natural successor is not there either", 9, ["r0", "r2"]],
      ["a communication node whose natural successor is not there either", 9, ["r1", "r2"]],
    ] as const;
    for (const [what, n, offline] of absent) {
      test(`${what} that was never there`, () => {
        const result = run(protocol, { n, offline, faulty: offline });
        expectGood(result);
        const gone: readonly unknown[] = offline;
        equal(gone.includes(result.status("r5")?.["primary"]), false);
        equal(gone.includes(result.status("r5")?.["communication"]), false);
        ok((result.acceptedAt[0] ?? 0) < 12 * timeoutMs, `${result.acceptedAt[0]} ms`);
      });
    }

    for (const who of ["r0", "r1", "r3"] as const) {
      test(`${who} if need be when it crashes in the middle of a round`, () => {
        for (const atMs of [31, 33, 35, 37, 39, 41, 43, 45, 47, 50]) {
          const plan = (simulation: Simulation<CcroMessage>) =>
            simulation.at(atMs, () => simulation.crash(who));
          expectGood(run(protocol, { n: 6, faulty: [who], plan, requests: 4 }));
        }
      });
    }
  });
}

describe("ccro-safe accepts the client's own value, and honest nodes agree, with f faulty nodes", () => {
  const envelopes = [
    "malicious",
    "equivocating",
    "dark",
    "delay",
    "bad-signature",
    "replay",
    "forge",
    "spam-view-change",
  ] as const;
  for (const mode of envelopes) {
    for (const faulty of [["r0"], ["r1"], ["r2"], ["r0", "r1"], ["r1", "r4"]]) {
      const n = 3 * faulty.length + 3;
      test(`${mode}: ${faulty.join(" and ")} at n = ${n}`, () => {
        const faults = new Map(
          faulty.map((id) => {
            const known = modeNamed(mode);
            if (known?.kind !== "envelope") throw new Error(`no mode ${mode}`);
            return [id, [known.create<CcroMessage>([])]] as const;
          }),
        );
        expectGood(run(ccroSafe, { n, faulty, faults, requests: 4 }));
      });
    }
  }

  test("f + 1 offline nodes stall it: nothing is decided, nothing is wrong", () => {
    const offline = ["r0", "r4"];
    const { verdict } = run(ccroSafe, { n: 6, offline, faulty: offline });
    deepEqual([verdict.safety, verdict.liveness, verdict.decisions], ["vacuous", "stalled", 0]);
  });
});

describe("when the network misbehaves and heals", () => {
  for (const protocol of protocols) {
    test(`${protocol.name} goes on after a third of all messages was lost`, () => {
      const network: Network = (passage) =>
        (passage.now < 1_000 ? lossy(0.3, uniformDelay(1, 5)) : uniformDelay(1, 5))(passage);
      const { verdict } = run(protocol, { n: 6, network, everyMs: 100 });
      equal(verdict.liveness, "ok", verdict.reasons.join("\n"));
      if (protocol === ccroSafe) equal(verdict.safety, "ok", verdict.reasons.join("\n"));
    });

    test(`${protocol.name} is not confused by messages that come twice`, () => {
      const network = duplicating(0.3, uniformDelay(1, 5));
      expectGood(run(protocol, { n: 7, network, requests: 20, everyMs: 5 }));
    });
  }

  const halves = [
    ["the primary alone", [["r0"], ["r1", "r2", "r3", "r4", "r5", "m0", "c0"]]],
    [
      "primary and client",
      [
        ["r0", "c0"],
        ["r1", "r2", "r3", "r4", "r5", "m0"],
      ],
    ],
    [
      "two halves",
      [
        ["r0", "r1", "r2"],
        ["r3", "r4", "r5", "m0", "c0"],
      ],
    ],
    [
      "the monitor and the primary",
      [
        ["m0", "r0"],
        ["r1", "r2", "r3", "r4", "r5", "c0"],
      ],
    ],
    ["a voter", [["r3"], ["r0", "r1", "r2", "r4", "r5", "m0", "c0"]]],
  ] as const;
  for (const [what, groups] of halves) {
    test(`ccro-safe goes on after ${what} were cut off, and everybody catches up`, () => {
      const cut = [{ fromMs: 30, untilMs: 900, groups }];
      const result = run(ccroSafe, {
        n: 6,
        network: partitioned(cut, uniformDelay(1, 5)),
        requests: 12,
        everyMs: 100,
      });
      expectGood(result);
      for (const id of ["r0", "r1", "r2", "r3", "r4", "r5"]) {
        equal(result.status(id)?.slot, result.status("r1")?.slot, id);
      }
    });
  }
});

describe("a block that only its primary stores, and its client has accepted,", () => {
  for (const protocol of [ccroCertified, ccroSafe]) {
    test(`is stored by all others in the end, though no request waits, by ${protocol.name}`, () => {
      const steady = uniformDelay(1, 5);
      // The primary hands on no block. When it is replaced, its report is among those that count.
      const network: Network = (passage) => {
        const { from, kind } = passage;
        if (from === "r0" && ["formal-block", "excerpt"].includes(kind)) return [];
        return from === "r0" && kind === "report" ? [0.1] : steady(passage);
      };
      const result = run(protocol, { n: 7, faulty: ["r0"], requests: 1, network });
      ok((result.acceptedAt[0] ?? 50) < 50, `${result.acceptedAt[0]} ms`);
      for (const id of ["r1", "r2", "r3", "r4", "r5", "r6"]) equal(result.status(id)?.slot, 1, id);
      expectGood(result);
    });
  }
});

describe("a node that comes back", () => {
  for (const losesDisk of [false, true]) {
    test(`${losesDisk ? "without" : "with"} its disk goes on where the others are`, () => {
      for (const who of ["r0", "r1", "r4"]) {
        const result = run(ccroSafe, {
          n: 6,
          faulty: losesDisk ? [who] : [],
          requests: 16,
          everyMs: 100,
          plan: (simulation) => {
            simulation.at(140, () => simulation.crash(who));
            simulation.at(700, () => simulation.restart(who, { losesDisk }));
          },
        });
        expectGood(result);
        equal(result.status(who)?.slot, 16);
      }
    });
  }

  test("after more blocks than are kept takes over a checkpoint, and checks it", () => {
    const result = run(ccroSafe, {
      n: 6,
      requests: 20,
      everyMs: 40,
      network: partitioned(
        [{ fromMs: 50, untilMs: 650, groups: [["r4"], ["r0", "r1", "r2", "r3", "r5"]] }],
        uniformDelay(1, 5),
      ),
    });
    expectGood(result);
    equal(result.marks.includes("r4 state transferred"), true);
    equal(result.status("r4")?.slot, 20);
    equal(result.status("r4")?.["head"], result.status("r0")?.["head"]);
  });

  const createStage = () =>
    new Stage({
      protocol: ccroSafe,
      n: 6,
      clients: 2,
      settings: { batch: 1, timeoutMs, checkpointInterval: 4 },
      random: createRandom(1),
      createCrypto: simulatedCrypto,
      createService: createEcho,
    });

  /** r3 has voted for c0's block; what it says from now on is still under way. */
  function voted() {
    const stage = createStage();
    const proposalOf = (client: string) => {
      const request = { kind: "request", operation: '"A"', timestamp: 1, client } as const;
      const block = { height: 1, parent: genesis, requests: [stage.sign(client, request)] };
      const digest = blockDigest(block, hash128);
      return { kind: "preparatory-block", epoch: 0, digest, block } as const;
    };
    const vote = (client: string): readonly Prepare[] => {
      const proposal = proposalOf(client);
      const { digest } = proposal;
      stage.say("r0", proposal, ["r3"]);
      stage.say("r1", { kind: "pre-prepare", epoch: 0, height: 1, digest }, ["r3"]);
      stage.deliver(({ to }) => to === "r3");
      const votes = stage.flights.flatMap(({ from, signed: { message } }) =>
        from === "r3" && message.kind === "prepare" ? [message] : [],
      );
      stage.drop(() => true);
      return votes;
    };
    return { stage, vote };
  }

  test("with its disk votes again for what it voted for", () => {
    const { stage, vote } = voted();
    const before = vote("c0");
    stage.restart("r3");
    stage.drop(() => true);
    deepEqual(vote("c0"), before);
    equal(before.length, 1);
  });

  test("with its disk does not vote for another block at that height in that epoch", () => {
    const { stage, vote } = voted();
    const before = vote("c0");
    stage.restart("r3");
    stage.drop(() => true);
    deepEqual(vote("c1"), before);
  });

  test("with its disk still knows its certificate, its epoch and what it replied", () => {
    const stage = createStage();
    stage.request("c0", '"A"');
    stage.deliver(({ signed }) => !["formal-block", "answer"].includes(signed.message.kind));
    stage.assign(1, "r5", "r4");
    stage.deliver(({ to, signed }) => to === "r3" && signed.message.kind === "assignment");
    const reportOf = () =>
      stage.flights.flatMap(({ from, signed: { message } }) =>
        from === "r3" && message.kind === "report" ? [message] : [],
      )[0];
    const before = reportOf();
    equal(before?.prepared?.height, 1);
    stage.drop(() => true);
    stage.restart("r3");
    equal(stage.node("r3").machine.status().view, 1);
    stage.assign(1, "r5", "r4");
    stage.deliver(({ to, signed }) => to === "r3" && signed.message.kind === "assignment");
    deepEqual(reportOf(), before);
  });
});

describe("a cluster that cannot go on", () => {
  test("falls silent when its clients do: nodes complain a few times only", () => {
    const { simulation, marks } = run(ccroSafe, {
      n: 6,
      offline: ["r4", "r5"],
      faulty: ["r4", "r5"],
      requests: 1,
      plan: (running) => running.at(3 * timeoutMs, () => running.crash("c0")),
    });
    simulation.run(Number.POSITIVE_INFINITY);
    ok(marks.filter((mark) => mark.endsWith("suspected")).length > 0);
    equal(simulation.node("r2")?.machine.status().slot, 0);
  });
});
