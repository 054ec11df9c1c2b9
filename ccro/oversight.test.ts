import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { Json } from "../core/encoding.ts";
import type { Effect } from "../core/machine.ts";
import type { TrustReading } from "../core/protocol.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { ccroSafe } from "./index.ts";
import type { CcroMessage, Participation } from "./messages.ts";
import { signedText } from "./texts.ts";

const crypto = simulatedCrypto("m0", new Set(["m0", "c0", "r9"]));

interface Line {
  readonly trust: number;
  readonly isAdmitted: boolean;
}

/** A monitor of n nodes that is told things. r0 is primary, r1 communication node. */
function createMonitor(n: number, trust?: TrustReading, records: readonly Json[] = []) {
  const seal = (message: CcroMessage) => ({
    from: "m0",
    message,
    signature: crypto.sign(signedText(message)),
  });
  const machine = ccroSafe.createMember({
    id: "m0",
    n,
    f: ccroSafe.faultsTolerated(n),
    service: createEcho(),
    tools: { digest: crypto.digest, seal, isAuthentic: () => true, random: createRandom(1) },
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 8, trust },
  });
  machine.step({ kind: "start", records }, 0);
  let now = 0;
  const tell = (from: string, message: CcroMessage): readonly Effect<CcroMessage>[] => {
    now += 100;
    return machine.step({ kind: "message", signed: { from, message, signature: "" } }, now);
  };
  const beat = (node: string, height = 0, epoch = 0) =>
    tell(node, { kind: "heartbeat", epoch, height, node });
  const voters = Array.from({ length: n - 2 }, (_, index) => `r${index + 2}`);
  /** All vote, r2 fastest; `change` says what is wrong with it. */
  const rate = (height: number, change: Partial<Participation> = {}) => {
    const answers = voters.map((node, index) => ({
      node,
      isForBlock: true,
      responseUs: 100 * (index + 1),
    }));
    const round = { kind: "participation", epoch: 0, height, node: "r1", answers } as const;
    return tell("r1", { ...round, ...change });
  };
  const answersWithout = (...silent: readonly string[]) =>
    voters
      .filter((node) => !silent.includes(node))
      .map((node, index) => ({ node, isForBlock: true, responseUs: 100 * (index + 1) }));
  const beatAll = (height: number, but: readonly string[] = []) => {
    for (const node of ["r0", "r1", ...voters]) if (!but.includes(node)) beat(node, height);
  };
  const table = () => machine.status()["trust"] as unknown as Readonly<Record<string, Line>>;
  const trustOf = (node: string) => table()[node]?.trust;
  return { machine, tell, beat, beatAll, rate, answersWithout, table, trustOf };
}

const refused = (effects: readonly Effect<CcroMessage>[]): readonly string[] =>
  effects.flatMap((effect) => (effect.kind === "reject" ? [effect.objection] : []));

const assigned = (effects: readonly Effect<CcroMessage>[]) =>
  effects.flatMap((effect) =>
    effect.kind === "broadcast" && effect.message.kind === "assignment" ? [effect.message] : [],
  )[0];

const heightChecks = (effects: readonly Effect<CcroMessage>[]) =>
  effects.flatMap((effect) =>
    effect.kind === "send" && effect.message.kind === "height-check"
      ? [[effect.to, effect.message.height, effect.message.holder]]
      : [],
  );

describe("admission", () => {
  test("everybody starts at 5, and a node is admitted when it first speaks under its key", () => {
    const { beat, table } = createMonitor(6);
    deepEqual(
      Object.values(table()).map(({ trust, isAdmitted }) => [trust, isAdmitted]),
      Array.from({ length: 6 }, () => [5, false]),
    );
    const marks = (effects: readonly Effect<CcroMessage>[]) =>
      effects.flatMap((effect) => (effect.kind === "mark" ? [effect.mark.name] : []));
    deepEqual(marks(beat("r3")), ["admitted"]);
    deepEqual(marks(beat("r3", 1)), []);
    deepEqual([table()["r3"]?.isAdmitted, table()["r4"]?.isAdmitted], [true, false]);
  });

  const strangers = [
    ["a client", "c0", "c0", "not a node"],
    ["somebody unknown", "r9", "r9", "not a node"],
    ["a node under another name", "r3", "r2", "not its own name"],
  ] as const;
  for (const [who, from, node, objection] of strangers) {
    test(`${who} is not admitted`, () => {
      const { tell, table } = createMonitor(6);
      deepEqual(refused(tell(from, { kind: "heartbeat", epoch: 0, height: 0, node })), [objection]);
      equal(Object.keys(table()).length, 6);
      ok(Object.values(table()).every(({ isAdmitted }) => !isAdmitted));
    });
  }
});

describe("a report of a round", () => {
  const answer = { isForBlock: true, responseUs: 1 };
  const rows = [
    ["of an epoch to come", { epoch: 1 }, "another epoch"],
    ["at a height that nobody has reached", { height: 17 }, "a height that nobody has reached"],
    [
      "with the vote of the primary",
      { answers: [{ ...answer, node: "r0" }] },
      "a vote from no consensus node",
    ],
    [
      "with the vote of a stranger",
      { answers: [{ ...answer, node: "r9" }] },
      "a vote from no consensus node",
    ],
    [
      "with a vote twice",
      {
        answers: [
          { ...answer, node: "r2" },
          { ...answer, node: "r2" },
        ],
      },
      "a vote counted twice",
    ],
  ] as const;
  for (const [what, change, objection] of rows) {
    test(`${what} is refused, and changes no trust`, () => {
      const { rate, trustOf } = createMonitor(6);
      deepEqual(refused(rate(1, change)), [objection]);
      equal(trustOf("r2"), 5);
    });
  }

  test("from anybody but the communication node is refused", () => {
    const { tell } = createMonitor(6);
    const round = { kind: "participation", epoch: 0, height: 1, answers: [] } as const;
    deepEqual(refused(tell("r0", { ...round, node: "r0" })), ["not the communication node"]);
    deepEqual(refused(tell("r0", { ...round, node: "r1" })), ["not its own name"]);
  });

  test("counts once, and rounds count in their order", () => {
    const { rate } = createMonitor(6);
    deepEqual(
      [2, 2, 1, 3].map((height) => refused(rate(height))),
      [[], ["a round that is rated already"], ["a round that is rated already"], []],
    );
  });

  test("is believed as far as f + 1 hearts have beaten", () => {
    const { rate, beat } = createMonitor(6);
    beat("r2", 1_000);
    deepEqual(refused(rate(17)), ["a height that nobody has reached"]);
    beat("r3", 1);
    deepEqual(refused(rate(17)), []);
  });
});

describe("trust after each round", () => {
  test("follows what the nodes did, by hand, in the cumulative reading", () => {
    const { rate, beatAll, trustOf, answersWithout } = createMonitor(7);
    beatAll(0);
    rate(1);
    // 5 + 1, the fastest of five + 1.2, the slowest − 1.2.
    deepEqual(["r0", "r1", "r2", "r3", "r6"].map(trustOf), [6, 6, 7.2, 6, 4.8]);
    rate(2, { answers: answersWithout("r3") });
    // r3: I₃ = 1/2, so 6 + 0.4 + 0.2 + 0.2 − 1.2; the slowest of those who answered is not punished.
    deepEqual(["r0", "r2", "r3", "r6"].map(trustOf), [7, 9.4, 5.6, 5.8]);
  });

  test("and in the printed one, which forgets", () => {
    const { rate, beatAll, trustOf } = createMonitor(7, "printed");
    beatAll(0);
    for (const height of [1, 2, 3]) {
      rate(height);
      deepEqual(["r0", "r2", "r6"].map(trustOf), [5.333333, 6.533333, 4.133333]);
    }
  });

  test("falls at once for a node that was never heard of", () => {
    const { rate, beatAll, trustOf, answersWithout } = createMonitor(7);
    beatAll(0, ["r5"]);
    rate(1, { answers: answersWithout("r5") });
    equal(trustOf("r5"), 1);
  });

  test("a heart that beats keeps a node alive, whatever is said of its votes", () => {
    const { rate, beatAll, trustOf, answersWithout } = createMonitor(7);
    beatAll(0);
    rate(1, { answers: answersWithout("r5") });
    // 5 + 0.4 + 0.2 − 1.2
    equal(trustOf("r5"), 4.4);
  });

  test("a vote for another block is no answer, however fast it came", () => {
    const { rate, beatAll, trustOf, answersWithout } = createMonitor(7);
    beatAll(0);
    const wrong = { node: "r2", isForBlock: false, responseUs: 1 };
    rate(1, { answers: [wrong, ...answersWithout("r2")] });
    // 5 + 0.4 + 0.2 − 1.2; r3 is the fastest of those who were of use.
    deepEqual(["r2", "r3", "r6"].map(trustOf), [4.4, 7.2, 6]);
  });

  test("stands in the log of the monitor, with its parts, for the newest 2K rounds", () => {
    const { machine, rate, beatAll } = createMonitor(6);
    for (let height = 1; height <= 20; height += 1) {
      beatAll(height);
      deepEqual(refused(rate(height)), []);
    }
    const slots = machine.log(0, 99).map(({ slot }) => slot);
    deepEqual([slots[0], slots.at(-1), slots.length], [5, 20, 16]);
    const [entry] = machine.log(20, 20);
    deepEqual(entry?.notes?.[2], {
      node: "r2",
      role: "consensus",
      trust: 10,
      uptime: 1,
      participation: 1,
      completion: 1,
      step: 1.2,
    });
  });
});

describe("roles go to the highest trust", () => {
  const suspect = (monitor: ReturnType<typeof createMonitor>, awaited: "prepare" | "reply") => {
    const say = (node: string) =>
      monitor.tell(node, { kind: "suspicion", epoch: 0, height: 1, awaited, node });
    say("r3");
    return assigned(say("r4"));
  };

  test("in the beginning nobody reaches a threshold, so it shuts nobody out (D17)", () => {
    const monitor = createMonitor(6);
    monitor.beatAll(0);
    const next = suspect(monitor, "prepare");
    deepEqual([next?.primary, next?.communication], ["r3", "r1"]);
  });

  test("then whoever is most trusted; it need not have complained", () => {
    const monitor = createMonitor(6);
    monitor.beatAll(0);
    monitor.rate(1);
    equal(suspect(monitor, "prepare")?.primary, "r2");
  });

  test("whoever loses its role for failing falls below normal", () => {
    const monitor = createMonitor(6);
    monitor.beatAll(0);
    for (const height of [1, 2, 3]) monitor.rate(height);
    equal(monitor.trustOf("r0"), 8);
    suspect(monitor, "prepare");
    equal(monitor.trustOf("r0"), 2.8);
  });

  test("a quiet run changes no roles, however trust moves", () => {
    const { rate, beatAll, machine } = createMonitor(7);
    for (let height = 1; height <= 40; height += 1) {
      beatAll(height);
      equal(assigned(rate(height)), undefined);
    }
    // r6 was slowest in each of them, and is far below normal: slowness waits for the next change.
    equal(machine.status().view, 0);
  });
});

describe("a node below normal", () => {
  /** r5 does not vote. */
  const fallen = (n: number) => {
    const monitor = createMonitor(n);
    monitor.beatAll(0);
    const answers = monitor.answersWithout("r5");
    monitor.rate(1, { answers });
    return { ...monitor, next: assigned(monitor.rate(2, { answers })) };
  };

  test("loses its vote at once if it is of no use and can be spared; the others keep their roles", () => {
    const { next, trustOf, machine } = fallen(7);
    equal(trustOf("r5"), 3.8);
    deepEqual(
      [next?.epoch, next?.primary, next?.communication, next?.consensus],
      [1, "r0", "r1", ["r2", "r3", "r4", "r6"]],
    );
    deepEqual(machine.status()["excluded"], ["r5"]);
  });

  test("keeps it where only 3f + 1 are left", () => {
    const { next, trustOf } = fallen(6);
    deepEqual([trustOf("r5"), next], [3.8, undefined]);
  });

  test("comes back at a checkpoint, once it is as good as new", () => {
    const { rate, beat, trustOf, machine } = fallen(7);
    const answers = ["r2", "r3", "r4", "r6"].map((node) => ({
      node,
      isForBlock: true,
      responseUs: 1,
    }));
    const returns = [3, 4, 5, 6, 7, 8].map((height) => {
      for (const node of ["r0", "r1", "r2", "r3", "r4", "r5", "r6"]) beat(node, height, 1);
      return assigned(rate(height, { epoch: 1, answers }))?.consensus;
    });
    deepEqual(returns.slice(0, -1), [undefined, undefined, undefined, undefined, undefined]);
    deepEqual(returns.at(-1), ["r2", "r3", "r4", "r5", "r6"]);
    ok((trustOf("r5") ?? 0) >= 5);
    deepEqual(machine.status()["excluded"], []);
  });

  test("is remembered by a monitor that comes back with its disk", () => {
    const { rate, answersWithout, beatAll } = createMonitor(7);
    beatAll(0);
    rate(1, { answers: answersWithout("r5") });
    const records = rate(2, { answers: answersWithout("r5") }).flatMap((effect) =>
      effect.kind === "persist" ? [effect.record] : [],
    );
    const later = createMonitor(7, "cumulative", records);
    deepEqual([later.trustOf("r5"), later.machine.status()["excluded"]], [3.8, ["r5"]]);
  });
});

describe("a node that is behind (algorithm 1)", () => {
  test("is told how far f + 1 others are, and whom to ask", () => {
    const { beat } = createMonitor(6);
    beat("r2", 40);
    deepEqual(heightChecks(beat("r5", 3)), []);
    beat("r3", 30);
    deepEqual(heightChecks(beat("r5", 3)), [["r5", 30, "r2"]]);
    deepEqual(heightChecks(beat("r5", 22)), []);
  });

  test("is not sent after a height that only a boaster has", () => {
    const { beat } = createMonitor(6);
    beat("r2", 1_000_000);
    for (const node of ["r3", "r4", "r5"]) deepEqual(heightChecks(beat(node, 3)), []);
  });
});
