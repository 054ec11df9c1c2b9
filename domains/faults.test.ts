import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { ccro, ccroSafe } from "../ccro/index.ts";
import type { Fault } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { pbft } from "../pbft/index.ts";
import { createEcho } from "../services/echo.ts";
import { uniformDelay } from "../sim/network.ts";
import { createRandom } from "../sim/random.ts";
import { runTrial, type Trial } from "../sim/trial.ts";
import { withDomains } from "./index.ts";
import { split } from "./split.ts";

const n = 18;
const count = 3;
const shuffle = (nodes: readonly NodeId[]) => createRandom(5).sample(nodes, nodes.length);
const inThree = (inner: Protocol) =>
  withDomains(inner, { name: `${inner.name}/3`, domains: count, shuffle });

/** Clients of all domains ask while some of the nodes fail. */
function run(inner: Protocol, failing: Pick<Trial<Message>, "faults" | "offline" | "crashes">) {
  const sent: { readonly from: NodeId; readonly kind: string }[] = [];
  const objections = new Set<string>();
  const protocol: Protocol = inThree(inner);
  const { verdict, simulation } = runTrial<Message>({
    protocol,
    n,
    clients: count,
    seed: 1,
    settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
    network: uniformDelay(1, 5),
    createService: createEcho,
    endsAtMs: 60_000,
    liars: [...(failing.faults?.keys() ?? [])],
    requests: Array.from({ length: 12 }, (_, index) => ({
      atMs: 30 * index,
      client: `c${index % count}`,
      operation: `${index}`,
    })),
    observer: {
      sent: (from, _to, { message: { kind } }) => sent.push({ from, kind }),
      effect: (_node, effect) => {
        if (effect.kind === "reject") objections.add(effect.objection);
      },
    },
    ...failing,
  });
  return {
    verdict,
    simulation,
    objections,
    sentOf: (kind: string) => sent.filter((one) => one.kind === kind),
  };
}

/** Who has this role in each domain at first: its speaker, its primary. */
const holdersOf = (inner: Protocol, role: string): readonly NodeId[] =>
  split(inner, n, count, shuffle).domains.flatMap(({ members }) => {
    const holder = members.find((member) => member.role === role);
    return holder === undefined ? [] : [holder.id];
  });
const speakersOf = (inner: Protocol) => holdersOf(inner, inner.finality?.speaker ?? "");

/** A node that is honest but for what it tells other domains. */
const betweenDomains = (tell: Fault<Message>["onSend"]): readonly Fault<Message>[] => [
  {
    name: "between domains",
    onSend: (envelope, context) =>
      envelope.message.kind === "ledger-block" ? tell(envelope, context) : [envelope],
  },
];
const silent = betweenDomains((_envelope, { witness }) => {
  witness();
  return [];
});
const lying = (lie: "corrupt" | "equivocate") =>
  betweenDomains((envelope, { lies, tools, witness }) => {
    witness();
    const message = lies[lie](envelope.message, tools) ?? envelope.message;
    return [{ ...envelope, message, forwarded: undefined }];
  });

// Operations that no client signed; another block under the same names.
const lies = [
  [pbft, "corrupt", "certificate with another batch"],
  [ccroSafe, "corrupt", "a request that its client did not sign"],
  [ccroSafe, "equivocate", "a forged reply"],
] as unknown as readonly (readonly [Protocol, "corrupt" | "equivocate", string])[];

for (const [inner, lie, named] of lies) {
  test(`${inner.name}: a speaker that tells other domains other blocks (${lie}) is not believed`, () => {
    const [speaker = ""] = speakersOf(inner);
    const { verdict, objections } = run(inner, { faults: new Map([[speaker, lying(lie)]]) });
    deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
    ok(objections.has(named), [...objections].join(", "));
  });
}

for (const inner of [pbft, ccroSafe] as readonly Protocol[]) {
  describe(inner.name, () => {
    const [speaker = ""] = speakersOf(inner);

    test("a speaker that tells other domains nothing: they ask its neighbours", () => {
      const { verdict, sentOf } = run(inner, { faults: new Map([[speaker, silent]]) });
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
      ok(sentOf("ledger-fetch").length > 0);
      ok(sentOf("ledger-block").some(({ from }) => from !== speaker));
    });

    for (const role of new Set(["primary", inner.finality?.speaker ?? ""])) {
      test(`the ${role} of every domain is down: others take over, and fill idle heights`, () => {
        const offline = holdersOf(inner, role);
        equal(offline.length, count);
        const { verdict } = run(inner, { offline });
        deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
      });
    }

    test("a node that comes back without its disk catches up with the whole ledger", () => {
      const node = split(inner, n, count, shuffle).domains[1]?.replicas.at(-1) ?? "";
      const crash = { node, atMs: 60, untilMs: 150, losesDisk: true };
      const { verdict, simulation } = run(inner, { crashes: [crash] });
      deepEqual([verdict.safety, verdict.liveness], ["ok", "ok"]);
      const heightOf = (id: NodeId) => simulation.node(id)?.machine.status().slot;
      ok((heightOf(node) ?? 0) > 0);
      equal(heightOf(node), heightOf("r0"));
    });
  });
}

test("under published ccro the word of a lying speaker is believed: the ledger forks", () => {
  const [speaker = ""] = speakersOf(ccro as unknown as Protocol);
  const { verdict } = run(ccro as unknown as Protocol, {
    faults: new Map([[speaker, lying("equivocate")]]),
  });
  equal(verdict.safety, "violated");
});
