import { deepEqual, equal, notEqual } from "node:assert/strict";
import { describe, test } from "vitest";
import { blockDigest } from "../../ccro/blocks.ts";
import { ccroSafe } from "../../ccro/index.ts";
import type { Envelope, FaultContext } from "../../core/fault.ts";
import type { Message } from "../../core/messages.ts";
import { paxos } from "../../paxos/index.ts";
import { pbft } from "../../pbft/index.ts";
import { createRandom } from "../../sim/random.ts";
import { faultsIn, isLie, votesStill } from "./attacks.ts";
import type { Attack, ScenarioSet } from "./scenario.ts";

const peers = ["r1", "r2", "r3", "r4", "r5", "r6"];
const digest = (text: string) => `d(${text})`;

const setWith = (attacks: readonly Attack[], number = 1): ScenarioSet => ({
  number,
  line: 2,
  steps: [],
  live: undefined,
  byzantine: ["r0"],
  attacks,
});

const attack = (kind: Attack["kind"], ...targets: string[]): Attack => ({ kind, targets });

/** What leaves r0 under the attacks, and how often it was witnessed. */
function leaving(
  attacks: readonly Attack[],
  message: Message & Record<string, unknown>,
  {
    to = "r1",
    role = "primary",
    protocol = pbft as Pick<typeof pbft, "kinds" | "controlKinds">,
    isPlayed = true,
  } = {},
) {
  let witnessed = 0;
  const context = {
    self: "r0",
    now: 0,
    random: createRandom(1),
    role,
    view: 0,
    peers,
    tools: { digest },
    witness: () => {
      witnessed += 1;
    },
  } as unknown as FaultContext<Message>;
  const faults = faultsIn([setWith(attacks)], "r0", { protocol, timeoutMs: 500 }, () => isPlayed);
  const first: Envelope<Message> = { to, message, delayMs: 0, isBadlySealed: false };
  const envelopes = faults.reduce(
    (all, { fault }) => all.flatMap((envelope) => fault.onSend(envelope, context)),
    [first] as readonly Envelope<Message>[],
  );
  return { envelopes, witnessed };
}

const isSent = (...asked: Parameters<typeof leaving>) => leaving(...asked).envelopes.length === 1;

const kinds = [...pbft.kinds];

describe("crash", () => {
  const crash = [attack("crash")];
  test("says nothing that moves a request or a view on, and lets pass what concerns others", () => {
    const sent = kinds.filter((kind) => isSent(crash, { kind }));
    deepEqual(sent, ["checkpoint", "view-change", "fetch", "committed", "state"]);
  });

  test("means the same in other protocols", () => {
    const inPaxos = paxos.kinds.filter((kind) => isSent(crash, { kind }, { protocol: paxos }));
    deepEqual(inPaxos, ["promise", "nack", "fetch", "values", "snapshot"]);
    const inCcro = ccroSafe.kinds.filter((kind) => isSent(crash, { kind }, { protocol: ccroSafe }));
    const aboutRoles = ["heartbeat", "participation", "height-check", "suspicion", "assignment"];
    deepEqual(inCcro, [...aboutRoles, "report", "synchronize", "excerpt"]);
  });
});

describe("a Byzantine node without an attack, as in the older format,", () => {
  test("casts no vote, and still proposes and answers", () => {
    const withheld = kinds.filter((kind) => !isSent([], { kind }, { to: "c0" }));
    deepEqual(withheld, ["prepare", "commit"]);
    equal(isSent([], { kind: "accepted" }, { protocol: paxos }), false);
  });

  test("withholds replies to nodes: those are votes", () => {
    equal(isSent([], { kind: "reply" }, { to: "r1" }), false);
    equal(isSent([], { kind: "reply" }, { to: "c0" }), true);
  });
});

test("sign spoils every seal", () => {
  for (const kind of kinds) {
    equal(leaving([attack("sign")], { kind }).envelopes[0]?.isBadlySealed, true);
  }
});

describe("time", () => {
  test("delays everything that a leader says, for less than a third of the time-out", () => {
    for (const role of ["primary", "leader"]) {
      const { envelopes, witnessed } = leaving([attack("time")], { kind: "commit" }, { role });
      equal(envelopes[0]?.delayMs, 100);
      equal(witnessed, 1);
    }
  });

  test("does nothing while somebody else leads", () => {
    const role = "backup";
    const { envelopes, witnessed } = leaving([attack("time")], { kind: "commit" }, { role });
    deepEqual([envelopes[0]?.delayMs, witnessed], [0, 0]);
  });
});

test("dark says nothing to its targets, in every role", () => {
  const dark = [attack("dark", "r5", "r6")];
  for (const role of ["primary", "backup"]) {
    equal(isSent(dark, { kind: "commit" }, { to: "r5", role }), false);
    equal(isSent(dark, { kind: "commit" }, { to: "r4", role }), true);
  }
});

describe("equivocation", () => {
  const equivocation = [attack("equivocation", "r5", "r6")];
  const prePrepare = { kind: "pre-prepare", view: 0, sequence: 7, digest: "d", batch: [] };
  const told = (to: string, message: Message & Record<string, unknown>, role = "primary") =>
    leaving(equivocation, message, { to, role }).envelopes[0]?.message;

  test("gives the named nodes a request at n, and everybody else the same at n + 1", () => {
    deepEqual(told("r5", prePrepare), prePrepare);
    deepEqual(told("r1", prePrepare), { ...prePrepare, sequence: 8 });
  });

  test("tells everybody else the very same message, so that it is sealed once", () => {
    const faults = faultsIn(
      [setWith(equivocation)],
      "r0",
      { protocol: pbft, timeoutMs: 1 },
      () => true,
    );
    const context = { role: "primary", peers, tools: { digest }, witness: () => {} };
    const tell = (to: string) =>
      faults[0]?.fault.onSend(
        { to, message: prePrepare, delayMs: 0, isBadlySealed: false },
        context as unknown as FaultContext<Message>,
      )[0]?.message;
    equal(tell("r1"), tell("r2"));
  });

  test("is the leader's: a backup that passes a proposal on, and other messages, are left alone", () => {
    equal(told("r1", prePrepare, "backup"), prePrepare);
    const commit = { kind: "commit", view: 0, sequence: 7 };
    equal(told("r1", commit), commit);
    equal(told("c0", prePrepare), prePrepare);
  });

  test("renumbers what leaders of other protocols propose", () => {
    const accept = { kind: "accept", ballot: 0, slot: 3, digest: "d", requests: [] };
    deepEqual(told("r1", accept, "leader"), { ...accept, slot: 4 });
    const block = { height: 3, parent: "p", requests: [] };
    const preparatory = {
      kind: "preparatory-block",
      epoch: 0,
      digest: blockDigest(block, digest),
      block,
    };
    const next = { ...block, height: 4 };
    deepEqual(told("r1", preparatory), {
      ...preparatory,
      block: next,
      digest: blockDigest(next, digest),
    });
    notEqual(blockDigest(next, digest), preparatory.digest);
  });
});

test("several attacks work together", () => {
  const both = [attack("time"), attack("dark", "r5"), attack("equivocation", "r6")];
  const message = { kind: "pre-prepare", view: 0, sequence: 1, digest: "d", batch: [] };
  equal(isSent(both, message, { to: "r5" }), false);
  const { envelopes } = leaving(both, message, { to: "r1" });
  equal(envelopes[0]?.delayMs, 100);
  deepEqual(envelopes[0]?.message, { ...message, sequence: 2 });
});

test("an attack is at work only while its set is played, and only at Byzantine nodes", () => {
  equal(isSent([attack("crash")], { kind: "commit" }, { isPlayed: false }), true);
  const setting = { protocol: pbft, timeoutMs: 500 };
  deepEqual(
    faultsIn([setWith([attack("crash")])], "r1", setting, () => true),
    [],
  );
});

test("who lies and who still votes follows from the attacks", () => {
  deepEqual(
    (["crash", "sign", "time", "dark", "equivocation"] as const).map((kind) => {
      const one = attack(kind, "r5");
      return [kind, isLie(one), votesStill(setWith([one]))];
    }),
    [
      ["crash", false, false],
      ["sign", true, false],
      ["time", false, true],
      ["dark", false, true],
      ["equivocation", true, true],
    ],
  );
  equal(votesStill(setWith([])), false);
});
