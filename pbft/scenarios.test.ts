import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Fault } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import { tallyOf } from "../core/log.ts";
import type { Delivery } from "../core/machine.ts";
import { requestDigest } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { hash128 } from "../sim/hash.ts";
import { Jury } from "../sim/judge.ts";
import { type Network, partitioned, uniformDelay } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

const timeoutMs = 500;
const quiet = uniformDelay(1, 10);

interface Setting {
  readonly n?: number;
  readonly clients?: number;
  /** Requests of each client, one after the other, from the start. */
  readonly requests?: number;
  readonly checkpointInterval?: number;
  readonly network?: Network;
  readonly offline?: readonly NodeId[];
  readonly faults?: Readonly<Record<NodeId, Fault<PbftMessage>>>;
}

/** A cluster with some fault in it, judged over the nodes that have none. */
class Scene {
  readonly simulation: Simulation<PbftMessage>;
  readonly delivered = new Map<NodeId, Delivery[]>();
  readonly sent: Record<string, number> = {};
  /** When the last request was accepted. */
  acceptedAt = 0;
  readonly #jury: Jury;
  readonly #faulty: ReadonlySet<NodeId>;
  #asked = 0;

  constructor(setting: Setting) {
    const { n = 4, clients = 1, requests = 1, checkpointInterval = 128, faults = {} } = setting;
    const { network = quiet, offline = [] } = setting;
    this.#faulty = new Set([...Object.keys(faults), ...offline]);
    this.#jury = new Jury(pbft.members(n).flatMap(({ id }) => (this.#faulty.has(id) ? [] : [id])));
    this.simulation = new Simulation<PbftMessage>({
      protocol: pbft,
      n,
      clients,
      seed: n,
      settings: { batch: 1, timeoutMs, checkpointInterval },
      network,
      createService: createEcho,
      offline,
      faults: new Map(Object.entries(faults).map(([id, fault]) => [id, [fault]])),
      observer: this.#observer(),
    });
    for (const client of this.simulation.clients) {
      for (let number = 0; number < requests; number += 1) this.ask(client);
    }
  }

  ask(client: NodeId = "c0"): void {
    this.#asked += 1;
    this.#jury.submitted(client, String(this.#asked));
    this.simulation.request(client, String(this.#asked));
  }

  run(until = 60_000): this {
    this.simulation.run(until);
    return this;
  }

  verdict() {
    return this.#jury.verdict();
  }

  /** The nodes without fault, as they are now. */
  honest() {
    return this.simulation.members
      .filter((id) => !this.#faulty.has(id))
      .flatMap((id) => this.simulation.node(id) ?? []);
  }

  views(): readonly number[] {
    return this.honest().map(({ machine }) => machine.status().view);
  }

  /** How many requests each node executed. */
  executions(): readonly number[] {
    return this.honest().map(
      ({ id }) => this.delivered.get(id)?.flatMap(({ executed }) => executed).length ?? 0,
    );
  }

  #observer() {
    const judged = this.#jury.observer<PbftMessage>();
    return {
      ...judged,
      sent: (_node: NodeId, _to: NodeId, { message: { kind } }: { message: PbftMessage }) => {
        this.sent[kind] = (this.sent[kind] ?? 0) + 1;
      },
      effect: (...[node, effect, now]: Parameters<NonNullable<typeof judged.effect>>) => {
        judged.effect?.(node, effect, now);
        if (effect.kind === "accept") this.acceptedAt = now;
        if (effect.kind !== "deliver") return;
        const before = this.delivered.get(node) ?? [];
        this.delivered.set(node, [...before, effect.delivery]);
      },
    };
  }
}

/** Changes what travels; `undefined` loses it. */
const change = (
  how: (message: PbftMessage, to: NodeId) => PbftMessage | undefined,
): Fault<PbftMessage> => ({
  name: "change",
  onSend(envelope) {
    const message = how(envelope.message, envelope.to);
    if (message === envelope.message) return [envelope];
    return message === undefined ? [] : [{ ...envelope, message, forwarded: undefined }];
  },
});

const lie = (
  story: "corrupt" | "equivocate" | "forge",
  to: (node: NodeId) => boolean = () => true,
): Fault<PbftMessage> => ({
  name: story,
  onSend(envelope, { lies, tools }) {
    const message = to(envelope.to) ? lies[story](envelope.message, tools) : undefined;
    return [message === undefined ? envelope : { ...envelope, message, forwarded: undefined }];
  },
});

const isSafe = (scene: Scene) => {
  const { safety, liveness, reasons } = scene.verdict();
  deepEqual({ safety, liveness, reasons }, { safety: "ok", liveness: "ok", reasons: [] });
};
const allAre = <T>(values: readonly T[], expected: T) =>
  deepEqual(
    values,
    values.map(() => expected),
  );

describe("attack schedules (CASES A9)", () => {
  test("D01 silent r0: view 1 everywhere, executed once, accepted", () => {
    const scene = new Scene({ offline: ["r0"] }).run();
    isSafe(scene);
    allAre(scene.views(), 1);
    allAre(scene.executions(), 1);
  });

  for (const halves of [["r1"], ["r1", "r2"], ["r2", "r3"]]) {
    test(`D02 r0 tells ${halves} another story: both requests are executed once, nowhere differently`, () => {
      const scene = new Scene({
        clients: 2,
        faults: { r0: lie("equivocate", (to) => halves.includes(to)) },
      }).run();
      isSafe(scene);
      allAre(scene.executions(), 2);
    });
  }

  test("D03 r0 never sends to r3: r3 keeps up, and nobody leaves view 0", () => {
    const scene = new Scene({
      requests: 25,
      checkpointInterval: 10,
      faults: { r0: change((message, to) => (to === "r3" ? undefined : message)) },
    }).run();
    isSafe(scene);
    allAre(scene.views(), 0);
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      25,
    );
    allAre(
      scene.honest().map(({ machine }) => machine.status()["lowWatermark"]),
      20,
    );
    const [first] = scene.honest();
    allAre(
      scene.honest().map(({ machine }) => machine.status()["history"]),
      first?.machine.status()["history"],
    );
  });

  test("D04 a primary that delays each pre-prepare by 0.8 T keeps its view, and costs what it costs", () => {
    const slow: Fault<PbftMessage> = {
      name: "slow",
      onSend: (envelope) => [
        envelope.message.kind === "pre-prepare"
          ? { ...envelope, delayMs: 0.8 * timeoutMs }
          : envelope,
      ],
    };
    const scene = new Scene({ requests: 10, faults: { r0: slow } }).run();
    isSafe(scene);
    allAre(scene.views(), 0);
    ok(scene.acceptedAt >= 10 * 0.8 * timeoutMs);
    ok(scene.acceptedAt < 10 * timeoutMs);
  });

  test("D05 r3 asks for one view after the other: nobody else leaves view 0", () => {
    const spam: Fault<PbftMessage> = {
      name: "spam",
      everyMs: 20,
      onSend: (envelope) => [envelope],
      onTick: ({ peers, now, tools, lies }) =>
        peers.flatMap((to) => {
          const message = lies.spam(Math.floor(now / 20), tools);
          return message === undefined ? [] : [{ to, message, delayMs: 0, isBadlySealed: false }];
        }),
    };
    const scene = new Scene({ requests: 20, faults: { r3: spam } }).run(2000);
    isSafe(scene);
    allAre(scene.views(), 0);
  });

  test("D09 the client asks everybody at once: one slot, one execution", () => {
    // The first request reaches nobody, so that the client asks everybody.
    let isFirst = true;
    const scene = new Scene({
      network: (passage) => {
        const isLost = isFirst && passage.kind === "request";
        isFirst = false;
        return isLost ? [] : quiet(passage);
      },
    }).run();
    isSafe(scene);
    allAre(scene.executions(), 1);
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      1,
    );
  });

  test("D10 a primary that skips to H: after the view change the gap is null, the request executes", () => {
    const skip = change((message) =>
      message.kind === "pre-prepare" ? { ...message, sequence: message.sequence + 7 } : message,
    );
    const scene = new Scene({ checkpointInterval: 4, faults: { r0: skip } }).run();
    isSafe(scene);
    allAre(scene.executions(), 1);
    ok(scene.views().every((view) => view >= 1));
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      8,
    );
  });

  test("D11 f replicas sign wrong checkpoints: the others' become stable all the same", () => {
    const wrong = change((message) =>
      message.kind === "checkpoint" ? { ...message, digest: hash128("wrong") } : message,
    );
    const scene = new Scene({
      n: 7,
      requests: 10,
      checkpointInterval: 4,
      faults: { r5: wrong, r6: wrong },
    }).run();
    isSafe(scene);
    allAre(
      scene.honest().map(({ machine }) => machine.status()["lowWatermark"]),
      8,
    );
  });

  test("D14 what r3 does not seal rightly counts nowhere", () => {
    const spoil: Fault<PbftMessage> = {
      name: "bad seal",
      onSend: (envelope) => [{ ...envelope, isBadlySealed: true }],
    };
    const scene = new Scene({ requests: 3, faults: { r3: spoil } }).run();
    isSafe(scene);
    for (const { counters, machine } of scene.honest()) {
      ok((counters.refusedByObjection.get("bad signature") ?? 0) > 0);
      ok(machine.log(1, 3).every(({ votes }) => votes.every(({ voter }) => voter !== "r3")));
    }
  });

  test("D13 two halves: no progress, no difference; healed: progress within a few doublings", () => {
    const untilMs = 5000;
    const halves = [
      ["r0", "r1"],
      ["r2", "r3"],
    ];
    const scene = new Scene({
      requests: 3,
      network: partitioned([{ fromMs: 0, untilMs, groups: halves }], quiet),
    });
    scene.run(untilMs);
    allAre(scene.executions(), 0);
    scene.run();
    isSafe(scene);
    ok(scene.acceptedAt < untilMs + 8 * timeoutMs, `${scene.acceptedAt}`);
  });
});

describe("unit scenarios of other implementations, as clusters (CASES A8)", () => {
  test("F4 n = 7, one request: everybody executes it once", () => {
    const scene = new Scene({ n: 7 }).run();
    isSafe(scene);
    allAre(scene.executions(), 1);
  });

  test("F6 the pre-prepare is lost to r3 only: the others execute, r3 not yet; later it catches up", () => {
    const scene = new Scene({
      network: (passage) =>
        passage.kind === "pre-prepare" && passage.to === "r3" ? [] : quiet(passage),
    });
    scene.run(100);
    deepEqual(scene.executions(), [1, 1, 1, 0]);
    scene.run(1000);
    deepEqual(scene.executions(), [1, 1, 1, 1]);
    allAre(scene.views(), 0);
  });

  test("F7 three stories for slot 1: all requests are executed in the end, nowhere differently", () => {
    // Its victims hear the newest, the next and the one after that of the requests that r0 has seen.
    const stories: Fault<PbftMessage> = {
      name: "three stories",
      onSend(envelope, { tools }) {
        const { message, to } = envelope;
        const other = tools.requests[Number(to.slice(1)) - 1];
        if (message.kind !== "pre-prepare" || other === undefined) return [envelope];
        const digest = hash128(`batch|${requestDigest(other.message, hash128)}`);
        return [{ ...envelope, message: { ...message, digest, batch: [other] } }];
      },
    };
    const scene = new Scene({ clients: 3, faults: { r0: stories } }).run();
    isSafe(scene);
    allAre(scene.executions(), 3);
  });

  test("F9 one replica that timed out takes nobody along", () => {
    // r3 hears no commits, so it loses patience, but it cannot see the others execute.
    const scene = new Scene({
      network: (passage) =>
        passage.to === "r3" && ["commit", "committed"].includes(passage.kind) ? [] : quiet(passage),
    }).run(5000);
    deepEqual(
      scene.honest().map(({ machine }) => machine.status().view),
      [0, 0, 0, 1],
    );
    deepEqual(scene.executions(), [1, 1, 1, 0]);
  });

  test("F9 new views withheld by the next two primaries: everybody moves on to view 3", () => {
    const withhold = change((message) => (message.kind === "new-view" ? undefined : message));
    const scene = new Scene({
      n: 10,
      offline: ["r0"],
      faults: { r1: withhold, r2: withhold },
    }).run();
    isSafe(scene);
    allAre(scene.views(), 3);
    allAre(scene.executions(), 1);
  });

  test("F10 slot 100 in view 0, slot 101 in view 1", () => {
    const scene = new Scene({ requests: 100, checkpointInterval: 8 }).run();
    scene.simulation.crash("r0");
    scene.ask();
    scene.run(120_000);
    const last = scene.delivered.get("r1")?.at(-1);
    deepEqual([last?.slot, last?.view, last?.executed.length], [101, 1, 1]);
    equal(scene.verdict().safety, "ok");
  });

  test("F12 r0 and r1 restart with their disks after one request: view stays 0, three executions", () => {
    const scene = new Scene({}).run(1000);
    for (const id of ["r0", "r1"]) scene.simulation.restart(id);
    scene.run(2000);
    scene.ask();
    scene.run(3000);
    scene.ask();
    scene.run(5000);
    isSafe(scene);
    allAre(scene.views(), 0);
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      3,
    );
  });

  test("O1 the view comes round to replica 0 after n − 1", () => {
    const withhold = change((message) => (message.kind === "new-view" ? undefined : message));
    const scene = new Scene({ n: 4, requests: 2, faults: { r1: withhold } });
    scene.simulation.at(10, () => scene.simulation.crash("r0"));
    // With r0 down and r1 faulty nothing can commit: until r0 is back, then its turn comes again.
    scene.simulation.at(6000, () => scene.simulation.restart("r0"));
    scene.run();
    equal(scene.verdict().safety, "ok");
    equal(scene.verdict().accepted, 2);
  });
});

describe("up to f faulty replicas, wherever they are", () => {
  const rows = [4, 5, 6, 7, 10].flatMap((n) =>
    (["offline", "corrupt", "equivocate", "forge"] as const).flatMap((mode) =>
      (["first", "last"] as const).map((where) => ({ n, mode, where })),
    ),
  );
  for (const { n, mode, where } of rows) {
    test(`n = ${n}, ${mode}, the ${where} ${pbft.faultsTolerated(n)}: all is accepted, nothing differs`, () => {
      const ids = pbft.members(n).map(({ id }) => id);
      const f = pbft.faultsTolerated(n);
      const faulty = where === "first" ? ids.slice(0, f) : ids.slice(n - f);
      const isEven = (to: NodeId) => Number(to.slice(1)) % 2 === 0;
      const scene = new Scene({
        n,
        clients: 2,
        requests: 3,
        checkpointInterval: 4,
        ...(mode === "offline"
          ? { offline: faulty }
          : {
              faults: Object.fromEntries(
                faulty.map((id) => [id, mode === "equivocate" ? lie(mode, isEven) : lie(mode)]),
              ),
            }),
      }).run();
      isSafe(scene);
      if (where === "last" && mode !== "equivocate") allAre(scene.views(), 0);
    });
  }

  test("f + 1 offline: nothing is accepted, nothing executed", () => {
    const scene = new Scene({ offline: ["r2", "r3"], requests: 2 }).run(20_000);
    equal(scene.verdict().accepted, 0);
    equal(scene.verdict().liveness, "stalled");
    allAre(scene.executions(), 0);
  });

  test("n = 6 has f = 1 but needs 4: two offline stall it", () => {
    const scene = new Scene({ n: 6, offline: ["r4", "r5"] }).run();
    isSafe(scene);
    const three = new Scene({ n: 6, offline: ["r3", "r4", "r5"] }).run(20_000);
    allAre(three.executions(), 0);
  });

  test("a malicious backup: every honest node counts 3 correct votes and 1 corrupt", () => {
    const scene = new Scene({ faults: { r2: lie("corrupt") } }).run();
    isSafe(scene);
    const request = requestDigest(
      { kind: "request", operation: "1", timestamp: 1, client: "c0" },
      hash128,
    );
    for (const { machine } of scene.honest()) {
      const tally = tallyOf(machine.log(1, 1)[0], request, pbft.votingPhase);
      deepEqual(tally, { correct: 3, corrupt: 1, missing: 0 });
    }
  });

  test("an offline backup is missing in every count", () => {
    const scene = new Scene({ offline: ["r3"] }).run();
    const request = requestDigest(
      { kind: "request", operation: "1", timestamp: 1, client: "c0" },
      hash128,
    );
    for (const { machine } of scene.honest()) {
      const tally = tallyOf(machine.log(1, 1)[0], request, pbft.votingPhase);
      deepEqual(tally, { correct: 3, corrupt: 0, missing: 1 });
    }
  });
});

describe("catching up", () => {
  const cutOff = (id: NodeId, untilMs: number): Network =>
    partitioned(
      [
        {
          fromMs: 0,
          untilMs,
          groups: [[id], ["r0", "r1", "r2", "r3", "c0"].filter((other) => other !== id)],
        },
      ],
      quiet,
    );

  for (const id of ["r3", "r0"]) {
    test(`${id} was cut off for 40 slots: with the next request it takes the state over and goes along`, () => {
      const scene = new Scene({ requests: 40, checkpointInterval: 4, network: cutOff(id, 20_000) });
      scene.run(20_000);
      for (let more = 0; more < 10; more += 1) scene.ask();
      scene.run(40_000);
      isSafe(scene);
      const slots = scene.honest().map(({ machine }) => machine.status().slot);
      allAre(slots, 50);
      ok((scene.sent["state"] ?? 0) > 0);
    });
  }

  test("a replica that comes back without its disk is brought up to date while the others go on", () => {
    const scene = new Scene({ requests: 60, checkpointInterval: 8 });
    scene.simulation.at(300, () => scene.simulation.restart("r2", { losesDisk: true }));
    scene.run();
    isSafe(scene);
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      60,
    );
    allAre(scene.views(), 0);
  });

  test("a replica alone in a view change still executes what the others decide", () => {
    // What r0 sends is lost to r3 for a while, and it hears no votes; its client has asked it, too.
    const scene = new Scene({
      requests: 20,
      network: (passage) =>
        passage.to === "r3" && passage.now < 3000 && passage.kind !== "request"
          ? []
          : quiet(passage),
    });
    scene.simulation.at(3500, () => {
      for (let more = 0; more < 20; more += 1) scene.ask();
    });
    scene.run();
    isSafe(scene);
    allAre(
      scene.honest().map(({ machine }) => machine.status().slot),
      40,
    );
  });

  test("all checkpoints are lost until the windows are full: they are said again", () => {
    const scene = new Scene({
      requests: 20,
      checkpointInterval: 2,
      network: (passage) =>
        passage.kind === "checkpoint" && passage.now < 1500 ? [] : quiet(passage),
    });
    scene.run(1500);
    allAre(
      scene.honest().map(({ machine }) => machine.status()["lowWatermark"]),
      0,
    );
    scene.run();
    isSafe(scene);
    allAre(
      scene.honest().map(({ machine }) => machine.status()["lowWatermark"]),
      20,
    );
  });

  test("everybody restarts at once, with disks: nothing acknowledged is lost", () => {
    const scene = new Scene({ requests: 30, clients: 3, checkpointInterval: 8 });
    scene.simulation.at(120, () => {
      for (const id of scene.simulation.members) scene.simulation.restart(id);
    });
    scene.run();
    isSafe(scene);
  });

  test("the log stays within the window over 2,000 requests", () => {
    const scene = new Scene({ requests: 500, clients: 4, checkpointInterval: 16 });
    let longest = 0;
    for (let at = 100; at < 20_000; at += 100) {
      scene.simulation.at(at, () => {
        for (const { machine } of scene.honest()) {
          longest = Math.max(longest, Number(machine.status()["logged"]));
        }
      });
    }
    scene.run();
    isSafe(scene);
    ok(longest <= 32, `${longest} slots`);
  });
});
