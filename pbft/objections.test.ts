import { deepEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import type { Committed, PbftMessage, State } from "./messages.ts";
import { type Objection, objections } from "./objections.ts";
import { kindsIn, messagesIn, objectionsIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
/** A backup of view 0, with K = 4: it takes sequences 1 to 8 now and keeps 9 to 16 for later. */
const backup = (options: Partial<RigOptions> = {}) => new Rig(tools, { id: "r3", ...options });

/** Says something wrong to a backup that is in the state which makes it wrong. */
type Offence = (rig: Rig) => readonly string[];

const first = (rig: Rig) => rig.prePrepare(1, [rig.request("c0", 1)]);

/** What is refused must change nothing that anybody else could see. */
function tell(rig: Rig, from: string, message: PbftMessage): readonly string[] {
  const effects = rig.tell(from, message);
  const refused = objectionsIn(effects);
  if (refused.length > 0) deepEqual(kindsIn(effects), []);
  return refused;
}

/** The backup executed sequences 1 to 4 and knows that this is stable. */
function makeStable(rig: Rig): void {
  for (let sequence = 1; sequence <= 4; sequence += 1) {
    rig.round(sequence, [rig.request("c0", sequence)]);
  }
  const own = messagesIn(rig.effects).find(({ kind }) => kind === "checkpoint");
  ok(own?.kind === "checkpoint");
  for (const replica of ["r0", "r1", "r2"]) {
    rig.tell(replica, rig.checkpoint(replica, 4, own.digest));
  }
}

/** A new view 1 of r1, as its backup r3 sees it. */
function tellNewView(
  rig: Rig,
  {
    views = [1, 1, 1],
    senders = ["r1", "r0", "r2"],
    from = "r1",
    view = 1,
    prePrepares = [] as ReturnType<Rig["prePrepare"]>[],
    forged = false,
  } = {},
): readonly string[] {
  const viewChanges = senders.map((sender, index) =>
    rig.sign(forged ? "r3" : sender, rig.viewChange(sender, views[index] ?? 1)),
  );
  return tell(rig, from, {
    kind: "new-view",
    view,
    viewChanges: forged
      ? viewChanges.map((signed, index) => ({ ...signed, from: senders[index] ?? "" }))
      : viewChanges,
    prePrepares: prePrepares.map((prePrepare) => rig.sign(from, prePrepare)),
  });
}

/** A view-change of r1 with something in it. */
const tellViewChange = (rig: Rig, change: Parameters<Rig["viewChange"]>[2], view = 3) =>
  tell(rig, "r1", rig.viewChange("r1", view, change));

const offences: readonly (readonly [Objection, string, Offence])[] = [
  [
    "not a member",
    "a prepare of a client",
    (rig) => tell(rig, "c1", rig.prepare("c1", first(rig))),
  ],
  ["not a member", "a pre-prepare of a client", (rig) => tell(rig, "c1", first(rig))],
  [
    "not a member",
    "a checkpoint of a client",
    (rig) => tell(rig, "c1", rig.checkpoint("c1", 4, "d")),
  ],
  ["not a member", "a view-change of a client", (rig) => tell(rig, "c1", rig.viewChange("c1", 1))],
  ["not a member", "a fetch of a client", (rig) => tell(rig, "c1", fetchOf(rig, "c1"))],
  ["not a member", "a new view of a client", (rig) => tellNewView(rig, { from: "c1" })],
  [
    "not its own name",
    "F2 a prepare under another name",
    (rig) => tell(rig, "r1", rig.prepare("r2", first(rig))),
  ],
  [
    "not its own name",
    "a commit under another name",
    (rig) => tell(rig, "r1", rig.commit("r2", first(rig))),
  ],
  [
    "not its own name",
    "a checkpoint under another name",
    (rig) => tell(rig, "r1", rig.checkpoint("r2", 4, "d")),
  ],
  [
    "not its own name",
    "a view-change under another name",
    (rig) => tell(rig, "r1", rig.viewChange("r2", 1)),
  ],
  ["not its own name", "a fetch under another name", (rig) => tell(rig, "r1", fetchOf(rig, "r2"))],
  [
    "not its own name",
    "a request under another name",
    (rig) => tell(rig, "c1", rig.request("c0", 1).message),
  ],
  [
    "not for a replica",
    "a reply",
    (rig) =>
      tell(rig, "r1", {
        kind: "reply",
        view: 0,
        sequence: 1,
        timestamp: 1,
        client: "r3",
        replica: "r1",
        result: "1",
      }),
  ],
  [
    "older than its client's last request",
    "an overtaken request",
    (rig) => {
      rig.pass(rig.request("c0", 5));
      return objectionsIn(rig.pass(rig.request("c0", 4)));
    },
  ],
  [
    "older than its client's last request",
    "a request older than one executed",
    (rig) => {
      rig.round(1, [rig.request("c0", 5)]);
      return objectionsIn(rig.pass(rig.request("c0", 4)));
    },
  ],
  ["not from the primary", "a pre-prepare of a backup", (rig) => tell(rig, "r1", first(rig))],
  [
    "not from the primary",
    "a new view of the wrong primary",
    (rig) => tellNewView(rig, { from: "r2" }),
  ],
  [
    "prepare of the primary",
    "a prepare of the primary",
    (rig) => tell(rig, "r0", rig.prepare("r0", first(rig))),
  ],
  [
    "earlier view",
    "a prepare of a view that it has left",
    (rig) => {
      rig.pass(rig.request("c0", 1));
      rig.timeOut("view");
      return tell(rig, "r1", rig.prepare("r1", first(rig)));
    },
  ],
  [
    "earlier view",
    "a view-change for the view it is in",
    (rig) => tell(rig, "r1", rig.viewChange("r1", 0)),
  ],
  [
    "earlier view",
    "a new view that has begun already",
    (rig) => {
      tellNewView(rig);
      return tellNewView(rig);
    },
  ],
  [
    "below the low watermark",
    "a pre-prepare for 0",
    (rig) => tell(rig, "r0", { ...first(rig), sequence: 0 }),
  ],
  [
    "below the low watermark",
    "a pre-prepare for -1",
    (rig) => tell(rig, "r0", { ...first(rig), sequence: -1 }),
  ],
  [
    "below the low watermark",
    "a pre-prepare for 1.5",
    (rig) => tell(rig, "r0", { ...first(rig), sequence: 1.5 }),
  ],
  [
    "below the low watermark",
    "a pre-prepare for h",
    (rig) => {
      makeStable(rig);
      return tell(rig, "r0", { ...first(rig), sequence: 4 });
    },
  ],
  [
    "above the high watermark",
    "a pre-prepare for 10^15",
    (rig) => tell(rig, "r0", { ...first(rig), sequence: 1e15 }),
  ],
  [
    "above the high watermark",
    "a vote beyond what is kept",
    (rig) => tell(rig, "r1", rig.commit("r1", { ...first(rig), sequence: 17 })),
  ],
  [
    "no room for later messages",
    "one message too many of a later view",
    (rig) => {
      const votes = Array.from({ length: 17 }, (_, index) =>
        rig.prepare("r1", rig.prePrepare(1 + (index % 8), [], 4 + 4 * Math.floor(index / 8))),
      );
      return votes.flatMap((vote) => tell(rig, "r1", vote));
    },
  ],
  ["no request in it", "an empty pre-prepare", (rig) => tell(rig, "r0", rig.prePrepare(1, []))],
  [
    "more requests than a batch holds",
    "a pre-prepare of two",
    (rig) => tell(rig, "r0", rig.prePrepare(1, [rig.request("c0", 1), rig.request("c1", 1)])),
  ],
  [
    "digest of another batch",
    "a pre-prepare with another digest",
    (rig) => tell(rig, "r0", { ...first(rig), digest: rig.digest("other") }),
  ],
  [
    "request not signed by its client",
    "a request that the primary invented",
    (rig) => tell(rig, "r0", rig.prePrepare(1, [{ ...rig.request("c0", 1), signature: "r0" }])),
  ],
  [
    "request not signed by its client",
    "a request signed by another client",
    (rig) => tell(rig, "r0", rig.prePrepare(1, [rig.sign("c1", rig.request("c0", 1).message)])),
  ],
  [
    "pre-prepare twice",
    "the same pre-prepare again",
    (rig) => {
      tell(rig, "r0", first(rig));
      return tell(rig, "r0", first(rig));
    },
  ],
  [
    "conflicting pre-prepare",
    "another pre-prepare for the same slot",
    (rig) => {
      tell(rig, "r0", first(rig));
      return tell(rig, "r0", rig.prePrepare(1, [rig.request("c1", 1)]));
    },
  ],
  [
    "not what was decided",
    "a pre-prepare against a commit certificate",
    (rig) => {
      tell(rig, "r1", committedOf(rig, [rig.committed(1, [rig.request("c0", 1)])]));
      return tell(rig, "r0", rig.prePrepare(1, [rig.request("c1", 1)]));
    },
  ],
  [
    "voted before",
    "a second prepare with another digest",
    (rig) => {
      tell(rig, "r1", rig.prepare("r1", first(rig)));
      return tell(rig, "r1", rig.prepare("r1", { ...first(rig), digest: rig.digest("other") }));
    },
  ],
  [
    "voted before",
    "a second commit",
    (rig) => {
      tell(rig, "r1", rig.commit("r1", first(rig)));
      return tell(rig, "r1", rig.commit("r1", first(rig)));
    },
  ],
  [
    "voted before",
    "a second checkpoint",
    (rig) => {
      tell(rig, "r1", rig.checkpoint("r1", 4, "a"));
      return tell(rig, "r1", rig.checkpoint("r1", 4, "b"));
    },
  ],
  [
    "no checkpoint there",
    "a checkpoint between two",
    (rig) => tell(rig, "r1", rig.checkpoint("r1", 5, "d")),
  ],
  [
    "no checkpoint there",
    "a checkpoint at 0",
    (rig) => tell(rig, "r1", rig.checkpoint("r1", 0, "d")),
  ],
  [
    "asks too often",
    "a second fetch at once",
    (rig) => {
      tell(rig, "r1", fetchOf(rig, "r1"));
      return tell(rig, "r1", fetchOf(rig, "r1"));
    },
  ],
  [
    "not newer than its last",
    "a view-change for an earlier view than the last",
    (rig) => {
      tell(rig, "r1", rig.viewChange("r1", 5));
      return tell(rig, "r1", rig.viewChange("r1", 4));
    },
  ],
  [
    "checkpoint not proven",
    "a view-change with a proof too small",
    (rig) => tellViewChange(rig, { stable: 4, proof: rig.proof(4, "d", 2) }),
  ],
  [
    "checkpoint not proven",
    "a proof of two digests",
    (rig) =>
      tellViewChange(rig, { stable: 4, proof: [...rig.proof(4, "d", 2), ...rig.proof(4, "e", 1)] }),
  ],
  [
    "checkpoint not proven",
    "a proof of another sequence",
    (rig) => tellViewChange(rig, { stable: 8, proof: rig.proof(4, "d") }),
  ],
  [
    "checkpoint not proven",
    "the same vote three times",
    (rig) => {
      const [vote] = rig.proof(4, "d", 1);
      ok(vote);
      return tellViewChange(rig, { stable: 4, proof: [vote, vote, vote] });
    },
  ],
  [
    "checkpoint not proven",
    "a proof of nothing",
    (rig) => tellViewChange(rig, { stable: 0, proof: rig.proof(4, "d") }),
  ],
  [
    "checkpoint not proven",
    "a state with another digest than its proof",
    (rig) => tell(rig, "r1", stateOf(rig, { snapshot: "other" })),
  ],
  [
    "vote not authentic",
    "a proof with an invented vote",
    (rig) =>
      tellViewChange(rig, {
        stable: 4,
        proof: rig.proof(4, "d").map((vote) => ({ ...vote, signature: "invented" })),
      }),
  ],
  [
    "certificate outside the watermarks",
    "a certificate at its own checkpoint",
    (rig) =>
      tellViewChange(rig, {
        stable: 4,
        proof: rig.proof(4, "d"),
        prepared: [rig.prepared(4, [rig.request("c0", 1)])],
      }),
  ],
  [
    "certificate outside the watermarks",
    "a certificate above the window",
    (rig) => tellViewChange(rig, { prepared: [rig.prepared(9, [rig.request("c0", 1)])] }),
  ],
  [
    "certificate from no earlier view",
    "a certificate of the view that is to come",
    (rig) => tellViewChange(rig, { prepared: [rig.prepared(1, [rig.request("c0", 1)], 3)] }),
  ],
  [
    "two certificates for one sequence",
    "two values for one slot",
    (rig) =>
      tellViewChange(rig, {
        prepared: [
          rig.prepared(1, [rig.request("c0", 1)]),
          rig.prepared(1, [rig.request("c1", 1)], 1),
        ],
      }),
  ],
  [
    "certificate not signed by the primary",
    "a certificate of a backup's proposal",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const prePrepare = rig.sign("r1", certificate.prePrepare.message);
      return tellViewChange(rig, { prepared: [{ ...certificate, prePrepare }] });
    },
  ],
  [
    "certificate not signed by the primary",
    "a proposal that the primary never signed",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const prePrepare = { ...certificate.prePrepare, signature: "invented" };
      return tellViewChange(rig, { prepared: [{ ...certificate, prePrepare }] });
    },
  ],
  [
    "certificate with another batch",
    "a certificate with other requests",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const message = { ...certificate.prePrepare.message, batch: [rig.request("c1", 1)] };
      const prePrepare = { ...certificate.prePrepare, message };
      return tellViewChange(rig, { prepared: [{ ...certificate, prePrepare }] });
    },
  ],
  [
    "prepares do not match",
    "a certificate that counts the primary",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const own = rig.sign("r0", rig.prepare("r0", certificate.prePrepare.message));
      const prepares = [own, ...certificate.prepares.slice(1)];
      return tellViewChange(rig, { prepared: [{ ...certificate, prepares }] });
    },
  ],
  [
    "prepares do not match",
    "a certificate that mixes digests",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const other = rig.prepared(1, [rig.request("c1", 1)]);
      const prepares = [...certificate.prepares.slice(1), ...other.prepares.slice(0, 1)];
      return tellViewChange(rig, { prepared: [{ ...certificate, prepares }] });
    },
  ],
  [
    "too few prepares",
    "D07 a certificate that repeats one backup",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const [prepare] = certificate.prepares;
      ok(prepare);
      return tellViewChange(rig, { prepared: [{ ...certificate, prepares: [prepare, prepare] }] });
    },
  ],
  [
    "vote not authentic",
    "a certificate with invented prepares",
    (rig) => {
      const certificate = rig.prepared(1, [rig.request("c0", 1)]);
      const prepares = certificate.prepares.map((prepare) => ({
        ...prepare,
        signature: "invented",
      }));
      return tellViewChange(rig, { prepared: [{ ...certificate, prepares }] });
    },
  ],
  [
    "commits do not match",
    "a commit certificate with a vote for another slot",
    (rig) => {
      const certificate = rig.committed(1, [rig.request("c0", 1)]);
      const commits = rig.committed(2, [rig.request("c0", 1)]).commits;
      return tell(rig, "r1", committedOf(rig, [{ ...certificate, commits }]));
    },
  ],
  [
    "too few commits",
    "a commit certificate of two",
    (rig) => {
      const certificate = rig.committed(1, [rig.request("c0", 1)]);
      const commits = certificate.commits.slice(1);
      return tell(rig, "r1", committedOf(rig, [{ ...certificate, commits }]));
    },
  ],
  [
    "too few commits",
    "a commit certificate that repeats one replica",
    (rig) => {
      const certificate = rig.committed(1, [rig.request("c0", 1)]);
      const [commit] = certificate.commits;
      ok(commit);
      return tell(
        rig,
        "r1",
        committedOf(rig, [{ ...certificate, commits: [commit, commit, commit] }]),
      );
    },
  ],
  [
    "vote not authentic",
    "a commit certificate with invented votes",
    (rig) => {
      const certificate = rig.committed(1, [rig.request("c0", 1)]);
      const commits = certificate.commits.map((commit) => ({ ...commit, signature: "invented" }));
      return tell(rig, "r1", committedOf(rig, [{ ...certificate, commits }]));
    },
  ],
  [
    "certificate with another batch",
    "a commit certificate with other requests",
    (rig) => {
      const certificate = rig.committed(1, [rig.request("c0", 1)]);
      return tell(rig, "r1", committedOf(rig, [{ ...certificate, batch: [rig.request("c1", 1)] }]));
    },
  ],
  [
    "view-change of another view",
    "a new view on a view-change for another",
    (rig) => tellNewView(rig, { views: [1, 1, 2] }),
  ],
  [
    "view-change twice",
    "a new view that counts one replica twice",
    (rig) => tellNewView(rig, { senders: ["r1", "r0", "r0"] }),
  ],
  [
    "view-change not authentic",
    "a new view on invented view-changes",
    (rig) => tellNewView(rig, { forged: true }),
  ],
  [
    "not its own name",
    "a new view on a view-change under another name",
    (rig) =>
      tell(rig, "r1", {
        kind: "new-view",
        view: 1,
        viewChanges: ["r1", "r0", "r2"].map((sender) => rig.sign(sender, rig.viewChange("r2", 1))),
        prePrepares: [],
      }),
  ],
  [
    "without the primary's view-change",
    "a new view without the primary's own",
    (rig) => tellNewView(rig, { senders: ["r0", "r2", "r3"] }),
  ],
  [
    "too few view-changes",
    "a new view on 2f view-changes",
    (rig) => tellNewView(rig, { senders: ["r1", "r0"] }),
  ],
  [
    "not the proposals that follow",
    "a new view that adds a proposal",
    (rig) => tellNewView(rig, { prePrepares: [rig.prePrepare(1, [], 1)] }),
  ],
  [
    "nothing new",
    "commit certificates of slots that it has executed",
    (rig) => {
      rig.round(1, [rig.request("c0", 1)]);
      return tell(rig, "r1", committedOf(rig, [rig.committed(1, [rig.request("c0", 1)])]));
    },
  ],
  [
    "nothing new",
    "a state that it has passed",
    (rig) => {
      makeStable(rig);
      return tell(rig, "r1", stateOf(rig, {}));
    },
  ],
  [
    "cannot vote without its records",
    "a proposal, when the disk has lost what was voted for",
    (rig) => {
      rig.start([], { view: 0, slot: 3 });
      return tell(rig, "r0", first(rig));
    },
  ],
];

function fetchOf(rig: Rig, replica: string): PbftMessage {
  return {
    kind: "fetch",
    view: 0,
    isViewChanging: false,
    viewChanges: [],
    stable: 0,
    executed: 0,
    supplier: rig.id,
    replica,
  };
}

const committedOf = (_rig: Rig, slots: Committed["slots"]): Committed => ({
  kind: "committed",
  slots,
  replica: "r1",
});

const stateOf = (rig: Rig, change: Partial<State>): State => ({
  kind: "state",
  sequence: 4,
  proof: rig.proof(4, rig.digest("true")),
  snapshot: "true",
  replica: "r1",
  ...change,
});

describe("what is refused, and why", () => {
  for (const [objection, what, offend] of offences) {
    test(`${what}: ${objection}`, () => {
      deepEqual(offend(backup()), [objection]);
    });
  }

  test("every objection has a row", () => {
    deepEqual(new Set(offences.map(([objection]) => objection)), new Set(objections));
  });
});
