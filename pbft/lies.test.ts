import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { describe, test } from "vitest";
import type { LieTools } from "../core/fault.ts";
import type { Request, Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { lies } from "./lies.ts";
import type { PbftMessage } from "./messages.ts";
import { kindsIn, objectionsIn, Rig } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const backup = () => new Rig(tools, { id: "r3", batch: 2 });

const lieTools = (
  rig: Rig,
  self: string,
  requests: readonly Signed<Request>[],
): LieTools<PbftMessage> => ({
  self,
  digest: (text) => rig.digest(text),
  seal: (message) => rig.sign(self, message),
  requests,
});

type Story = "corrupt" | "equivocate" | "forge";

/** What a backup does when it is told the lie instead of the message. */
function tellLie(story: Story, from: string, make: (rig: Rig) => PbftMessage, seen = 2) {
  const rig = backup();
  const requests = [rig.request("c1", 1), rig.request("c0", 1)].slice(2 - seen);
  const lie = lies[story](make(rig), lieTools(rig, from, requests));
  ok(lie !== undefined, "it has a lie for this");
  return { rig, lie, effects: rig.tell(from, lie) };
}

const proposal = (rig: Rig) => rig.prePrepare(1, [rig.request("c0", 1)]);
const viewChange = (rig: Rig) =>
  rig.viewChange("r1", 1, { prepared: [rig.prepared(1, [rig.request("c0", 1)])] });
const newView = (rig: Rig): PbftMessage => ({
  kind: "new-view",
  view: 1,
  viewChanges: ["r1", "r0", "r2"].map((sender) =>
    rig.sign(sender, rig.viewChange(sender, 1, { prepared: viewChange(rig).prepared })),
  ),
  prePrepares: [rig.sign("r1", { ...rig.prePrepare(1, [rig.request("c0", 1)], 1), batch: [] })],
});
const state = (rig: Rig): PbftMessage => ({
  kind: "state",
  sequence: 4,
  proof: rig.proof(4, rig.digest("snapshot")),
  snapshot: "snapshot",
  replica: "r1",
});

describe("lies that are seen through", () => {
  const rows: readonly (readonly [Story, string, string, (rig: Rig) => PbftMessage, string])[] = [
    ["corrupt", "a primary's corrupt proposal", "r0", proposal, "request not signed by its client"],
    ["forge", "an invented request", "r0", proposal, "request not signed by its client"],
    ["forge", "an invented certificate", "r1", viewChange, "certificate not signed by the primary"],
    [
      "forge",
      "an invented certificate where nothing prepared",
      "r1",
      (rig) => rig.viewChange("r1", 1),
      "certificate not signed by the primary",
    ],
    ["corrupt", "a new view without what prepared", "r1", newView, "not the proposals that follow"],
    ["equivocate", "another new view", "r1", newView, "not the proposals that follow"],
    ["forge", "a new view on invented view-changes", "r1", newView, "view-change not authentic"],
    ["corrupt", "a corrupt state", "r1", state, "checkpoint not proven"],
    ["forge", "an invented state", "r1", state, "vote not authentic"],
    [
      "corrupt",
      "a corrupt slot",
      "r1",
      (rig) => ({
        kind: "committed",
        slots: [rig.committed(1, [rig.request("c0", 1)])],
        replica: "r1",
      }),
      "certificate with another batch",
    ],
  ];
  for (const [story, what, from, make, objection] of rows) {
    test(`${what}: ${objection}`, () => {
      const { effects } = tellLie(story, from, make);
      deepEqual(objectionsIn(effects), [objection]);
      deepEqual(kindsIn(effects), []);
    });
  }
});

describe("lies that look right", () => {
  test("another story of the primary is a proposal like any other: a backup prepares it", () => {
    const { effects, lie, rig } = tellLie("equivocate", "r0", proposal);
    deepEqual(kindsIn(effects), ["prepare"]);
    ok(lie.kind === "pre-prepare");
    deepEqual([lie.view, lie.sequence], [0, 1]);
    notEqual(lie.digest, proposal(rig).digest);
  });

  test("without another request, those of a batch change places", () => {
    const { effects, lie } = tellLie("equivocate", "r0", (rig) =>
      rig.prePrepare(1, [rig.request("c1", 1), rig.request("c0", 1)]),
    );
    deepEqual(kindsIn(effects), ["prepare"]);
    deepEqual(lie.kind === "pre-prepare" && lie.batch.map(({ from }) => from), ["c0", "c1"]);
  });

  test("with one request only, it gets the next sequence as well", () => {
    const { effects, lie } = tellLie("equivocate", "r0", proposal, 0);
    deepEqual(kindsIn(effects), ["prepare"]);
    equal(lie.kind === "pre-prepare" && lie.sequence, 2);
  });

  for (const story of ["corrupt", "equivocate"] as const) {
    test(`${story}: votes for another digest count for another value, without objection`, () => {
      for (const kind of ["prepare", "commit"] as const) {
        const { effects, rig, lie } = tellLie(story, "r1", (told) =>
          told[kind]("r1", proposal(told)),
        );
        deepEqual(objectionsIn(effects), []);
        notEqual((lie as { digest?: string }).digest, proposal(rig).digest);
      }
    });

    test(`${story}: a view-change that hides what prepared is valid`, () => {
      const { effects, lie } = tellLie(story, "r1", viewChange);
      deepEqual(objectionsIn(effects), []);
      deepEqual(lie.kind === "view-change" && lie.prepared, []);
    });
  }

  test("a corrupt reply says Corrupt", () => {
    const rig = backup();
    const reply: PbftMessage = {
      kind: "reply",
      view: 0,
      sequence: 1,
      timestamp: 1,
      client: "c0",
      replica: "r1",
      result: "1",
    };
    const lie = lies.corrupt(reply, lieTools(rig, "r1", []));
    deepEqual(lie, { ...reply, result: '"Corrupt"' });
    notEqual((lies.equivocate(reply, lieTools(rig, "r1", [])) as typeof reply).result, '"Corrupt"');
  });

  test("spam asks for the next view, validly", () => {
    const rig = backup();
    const message = lies.spam(7, lieTools(rig, "r1", []));
    ok(message?.kind === "view-change");
    equal(message.view, 8);
    deepEqual(objectionsIn(rig.tell("r1", message)), []);
  });
});

test("equal messages become equal lies", () => {
  for (const story of ["corrupt", "equivocate", "forge"] as const) {
    for (const make of [proposal, viewChange, newView, state]) {
      const [first, second] = [backup(), backup()].map((rig) =>
        lies[story](make(rig), lieTools(rig, "r1", [rig.request("c1", 1)])),
      );
      deepEqual(first, second);
    }
  }
});

test("what says nothing that could be lied about passes", () => {
  const rig = backup();
  const told = lieTools(rig, "r1", []);
  const request = rig.request("c0", 1).message;
  for (const story of ["corrupt", "equivocate", "forge"] as const) {
    equal(lies[story](request, told), undefined);
  }
  equal(lies.forge(rig.prepare("r1", proposal(rig)), told), undefined);
});
