import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../core/ids.ts";
import type { Service } from "../core/service.ts";
import { createKeyValue } from "../services/kv.ts";
import { isLinearizable, type Observed, type SequentialModel } from "../sim/linearizability.ts";
import { fixedDelay, type Network } from "../sim/network.ts";
import { Simulation } from "../sim/simulation.ts";
import { pbft } from "./index.ts";
import type { PbftMessage } from "./messages.ts";

/**
 * Reads that are not ordered: a reader asks all replicas and believes 2f + 1 equal answers. Whether that
 * is linearizable depends on how many replies a write waits for, and on what "equal" means.
 */

type Operation =
  | { readonly kind: "write"; readonly value: number }
  | { readonly kind: "read"; readonly value: number };

const register: SequentialModel<number, Operation> = {
  initial: 1,
  apply: (state, { kind, value }) => {
    if (kind === "write") return value;
    return value === state ? state : undefined;
  },
  textOf: String,
};

const [f, quorum] = [1, 3];

interface Rules {
  /** Replies that complete a write. */
  readonly replies: number;
  /** Whether answers are equal that name the same value, or only those from the same slot, too. */
  readonly match: "value" | "value and slot";
}

/** A writer writes 2, then 1 again; the register starts with 1. */
const written = [1, 2, 1];

interface Cluster {
  /** How far each of the three correct replicas has executed; the fourth lies as it likes. */
  readonly executed: readonly number[];
  /** Writes that were ordered, and those of them whose writer was answered. */
  readonly ordered: number;
  readonly answered: number;
  readonly reads: number;
}

/** Every history of two writes and two reads in sequence that some schedule leads to. */
function* histories(
  rules: Rules,
  cluster: Cluster,
  history: readonly Observed<Operation>[],
  now = 0,
): Generator<readonly Observed<Operation>[]> {
  if (cluster.reads === 2) return yield history;
  const { executed, ordered, answered, reads } = cluster;
  const next = (change: Partial<Cluster>, then = history) =>
    histories(rules, { ...cluster, ...change }, then, now + 1);
  if (ordered === answered && ordered < written.length - 1) {
    const operation = { kind: "write", value: written[ordered + 1] ?? 0 } as const;
    const call = { operation, calledAt: now, returnedAt: undefined };
    yield* next({ ordered: ordered + 1 }, [...history, call]);
  }
  const replies = executed.filter((slot) => slot >= ordered).length + f;
  if (ordered > answered && replies >= rules.replies) {
    const last = history.findLastIndex(({ operation }) => operation.kind === "write");
    const returned = history.map((one, index) =>
      index === last ? { ...one, returnedAt: now } : one,
    );
    yield* next({ answered: ordered }, returned);
  }
  for (const [replica, slot] of executed.entries()) {
    // Replicas that stand at the same place are alike.
    if (slot === ordered || executed.indexOf(slot) !== replica) continue;
    yield* next({ executed: executed.with(replica, slot + 1) });
  }
  for (const value of believed(rules, executed)) {
    const operation = { kind: "read", value } as const;
    const read = { operation, calledAt: now, returnedAt: now };
    yield* next({ reads: reads + 1 }, [...history, read]);
  }
}

/** Values that 2f + 1 replicas can vouch for, f of them liars. */
function believed({ match }: Rules, executed: readonly number[]): ReadonlySet<number> {
  const enough = executed.filter((slot) => {
    const alike = executed.filter((other) =>
      match === "value" ? written[other] === written[slot] : other === slot,
    );
    return alike.length + f >= quorum;
  });
  return new Set(enough.map((slot) => written[slot] ?? 0));
}

const start: Cluster = { executed: [0, 0, 0], ordered: 0, answered: 0, reads: 0 };

function judge(rules: Rules): { readonly tried: number; readonly stale: number } {
  const seen = new Set<string>();
  let [tried, stale] = [0, 0];
  for (const history of histories(rules, start, [])) {
    const text = JSON.stringify(history);
    if (seen.has(text)) continue;
    seen.add(text);
    tried += 1;
    if (!isLinearizable(history, register)) stale += 1;
  }
  return { tried, stale };
}

const rules = [
  [{ replies: f + 1, match: "value" }, "stale"],
  [{ replies: f + 1, match: "value and slot" }, "stale"],
  [{ replies: quorum, match: "value" }, "stale"],
  [{ replies: quorum, match: "value and slot" }, "linearizable"],
] as const;

describe("fast reads of 2f + 1 equal answers, over every schedule of two writes and two reads", () => {
  for (const [rule, expected] of rules) {
    test(`are ${expected} where writes wait for ${rule.replies} replies and answers match by ${rule.match}`, () => {
      const { tried, stale } = judge(rule);
      ok(tried > 100, `only ${tried} histories`);
      equal(stale > 0 ? "stale" : "linearizable", expected);
    });
  }
});

describe("the same in a cluster of real replicas, of which r3 lies to readers", () => {
  /** Commits come late to r1 and r2, so a write is executed at r0 and r3 long before. */
  const lateCommits: Network = (passage) =>
    passage.kind === "commit" && ["r1", "r2"].includes(passage.to)
      ? [passage.to === "r1" ? 500 : 900]
      : fixedDelay(5)(passage);

  function write() {
    const services: Service[] = [];
    const repliedMs: number[] = [];
    const simulation = new Simulation<PbftMessage>({
      protocol: pbft,
      n: 4,
      clients: 1,
      seed: 1,
      settings: { batch: 1, timeoutMs: 10_000, checkpointInterval: 128 },
      network: lateCommits,
      createService: () => {
        const service = createKeyValue();
        services.push(service);
        return service;
      },
      observer: {
        received: (node: NodeId, { message }, now) => {
          if (node === "c0" && message.kind === "reply") repliedMs.push(now);
        },
      },
    });
    simulation.request("c0", '{"key":"k","op":"put","value":2}');
    return { simulation, services, repliedMs };
  }

  /** What each replica says of the key; the liar what it held at first. */
  const answersOf = (services: readonly Service[]) =>
    services.map((service, index) =>
      index === 3 ? missing : service.execute('{"key":"k","op":"get"}').result,
    );

  const missing = '{"status":"missing"}';
  const believedIn = (answers: readonly string[]) =>
    answers.find((answer) => answers.filter((other) => other === answer).length >= quorum);

  const historyWith = (returnedAt: number, readAt: number): readonly Observed<Operation>[] => [
    { operation: { kind: "write", value: 2 }, calledAt: 0, returnedAt },
    { operation: { kind: "read", value: 1 }, calledAt: readAt, returnedAt: readAt },
  ];

  test("a read right after f + 1 replies is stale, and the judge sees it", () => {
    const { simulation, services, repliedMs } = write();
    simulation.run(100);
    deepEqual(repliedMs.length, f + 1, "r0 and r3 have executed it");
    const [, accepted = 0] = repliedMs;
    equal(believedIn(answersOf(services)), missing, "three say that nothing was written");
    equal(isLinearizable(historyWith(accepted, simulation.now), register), false);
  });

  test("a write that waits for 2f + 1 replies is not over then, and once it is, nobody is deceived", () => {
    const { simulation, services, repliedMs } = write();
    simulation.run(100);
    equal(believedIn(answersOf(services)), missing);
    const readAt = simulation.now;
    simulation.run(700);
    equal(repliedMs.length, quorum, "r1 has executed it, r2 has not");
    const [, , accepted = 0] = repliedMs;
    equal(isLinearizable(historyWith(accepted, readAt), register), true);
    equal(believedIn(answersOf(services)), undefined, "the reader has to have its read ordered");
    simulation.run(1000);
    equal(believedIn(answersOf(services)), '{"status":"ok","value":2}');
  });
});
