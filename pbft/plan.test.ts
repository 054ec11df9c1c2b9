import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import { replicaIds } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import cases from "./fixtures/new-view.json" with { type: "json" };
import type { PrePrepare, PreparedCertificate, ViewChange } from "./messages.ts";
import { planOf } from "./plan.ts";
import { kindsIn, objectionsIn, Rig } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };

interface Prepared {
  readonly n: number;
  readonly v: number;
  readonly d: string;
}

interface Vote {
  readonly i: number;
  readonly h: number;
  readonly P: readonly Prepared[];
  readonly view?: number;
  readonly preparersInCert?: readonly number[];
  readonly certDigests?: readonly string[];
  readonly checkpointProof?: number;
}

interface Case {
  readonly name: string;
  readonly V: readonly Vote[];
  readonly newView?: number;
  readonly claimedO?: Readonly<Record<string, string>>;
  readonly expect: {
    readonly minS?: number;
    readonly maxS?: number;
    readonly O?: Readonly<Record<string, string | null>>;
    readonly reject?: boolean;
    readonly why?: string;
  };
}

/** The digest "a" of a case stands for the batch with this request. */
const batchOf = (rig: Rig, digest: string | null) =>
  digest === null ? [] : [rig.request("c0", 1, JSON.stringify(digest))];

function certificateOf(rig: Rig, vote: Vote, { n, v, d }: Prepared): PreparedCertificate {
  const certificate = rig.prepared(n, batchOf(rig, d), v);
  const { message } = certificate.prePrepare;
  const { preparersInCert, certDigests } = vote;
  const backups = preparersInCert?.map((number) => `r${number}`);
  const digests = certDigests?.map((digest) => rig.digestOf(batchOf(rig, digest)));
  return {
    ...certificate,
    prepares: certificate.prepares.map((prepare, index) => {
      const replica = backups?.[index] ?? prepare.from;
      const digest = digests?.[index] ?? message.digest;
      return rig.sign(replica, rig.prepare(replica, { ...message, digest }));
    }),
  };
}

function viewChangeOf(rig: Rig, view: number, vote: Vote): Signed<ViewChange> {
  const replica = `r${vote.i}`;
  const proof =
    vote.h === 0 ? [] : rig.proof(vote.h, rig.digest(`${vote.h}`), vote.checkpointProof);
  const prepared = vote.P.map((each) => certificateOf(rig, vote, each));
  const change = { stable: vote.h, proof, prepared };
  return rig.sign(replica, rig.viewChange(replica, vote.view ?? view, change));
}

/** A view later than all certificates, whose primary is among the senders. */
function viewFor({ V, newView }: Case): number {
  if (newView !== undefined) return newView;
  let view = 1 + Math.max(0, ...V.flatMap(({ P }) => P.map(({ v }) => v)));
  while (!V.some(({ i }) => i === view % 4)) view += 1;
  return view;
}

/** What the case says, told to a backup. */
function tellNewView(each: Case) {
  const view = viewFor(each);
  const primary = `r${view % 4}`;
  const id = replicaIds(4).find((replica) => replica !== primary) ?? "";
  const rig = new Rig(tools, { id, checkpointInterval: 8 });
  const viewChanges = each.V.map((vote) => viewChangeOf(rig, view, vote));
  const plan = planOf({ view, viewChanges }, (text) => rig.digest(text));
  const claimed =
    each.claimedO === undefined
      ? plan.proposals
      : Object.entries(each.claimedO).map(([sequence, digest]) =>
          rig.prePrepare(Number(sequence), batchOf(rig, digest), view),
        );
  const prePrepares = claimed.map(
    (proposal): Signed<PrePrepare> => rig.sign(primary, { ...proposal, batch: [] }),
  );
  const effects = rig.tell(primary, { kind: "new-view", view, viewChanges, prePrepares });
  return { rig, view, plan, effects };
}

describe("the new view that follows from V (§4.4, CASES A7)", () => {
  for (const each of cases as readonly Case[]) {
    const { expect } = each;
    if (expect.reject === true) {
      test(`${each.name}: refused, ${expect.why}`, () => {
        const { rig, effects } = tellNewView(each);
        equal(objectionsIn(effects).length, 1);
        deepEqual(kindsIn(effects), []);
        equal(rig.machine.status().view, 0);
      });
      continue;
    }
    test(`${each.name}: O = ${JSON.stringify(expect.O)}`, () => {
      const { rig, plan, view, effects } = tellNewView(each);
      equal(plan.stable.sequence, expect.minS);
      equal(plan.stable.sequence + plan.proposals.length, expect.maxS);
      const expected = Object.entries(expect.O ?? {}).map(([sequence, digest]) =>
        rig.prePrepare(Number(sequence), batchOf(rig, digest), view),
      );
      deepEqual(plan.proposals, expected);
      // And a backup finds the same, and prepares it.
      equal(rig.machine.status().view, view);
      equal(rig.machine.status()["lowWatermark"], expect.minS);
      equal(kindsIn(effects).filter((kind) => kind === "prepare").length, expected.length);
    });
  }

  test("there are cases of both kinds", () => {
    ok(cases.length >= 16);
  });
});
