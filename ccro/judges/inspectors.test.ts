/** CCRO's own judges: one vote a height, no reply in older epochs, and proofs that are whole. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "vitest";
import type { Inspector } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import { createCertificateSoundness } from "../../sim/judges/certificate-soundness.ts";
import type { CcroMessage, FormalBlock, Prepare, Reply, Report } from "../messages.ts";
import { certified, published, safe } from "../rules.ts";
import { signedText } from "../texts.ts";
import { certificatesIn } from "./evidence.ts";
import { createInspectors } from "./inspectors.ts";

type Step = (judges: readonly Inspector<CcroMessage>[]) => readonly string[];

const prepare = (change: Partial<Prepare> = {}): Prepare => ({
  kind: "prepare",
  epoch: 1,
  height: 1,
  digest: "a",
  isYes: true,
  node: "r2",
  ...change,
});
const reply = (change: Partial<Reply> = {}): Reply => ({
  kind: "reply",
  epoch: 1,
  height: 1,
  digest: "a",
  results: "x",
  node: "r2",
  ...change,
});
const report: Report = { kind: "report", epoch: 2, roles: "", node: "r2", height: 0 };

const sends =
  (node: string, message: CcroMessage): Step =>
  (judges) =>
    judges.flatMap((each) => each.sent?.(node, message) ?? []).map(({ judge }) => judge);
const wants =
  (node: string, message: CcroMessage): Step =>
  (judges) => {
    const effect: Effect<CcroMessage> = { kind: "send", to: "r0", message };
    return judges
      .flatMap((each) => each.stepped?.(node, { kind: "time-out", timer: "" }, [effect]) ?? [])
      .map(({ judge }) => judge);
  };

const rows: readonly (readonly [claim: string, steps: readonly Step[], ...judges: string[]])[] = [
  [
    "one vote and one reply for each epoch and height, said again",
    [
      sends("r2", prepare()),
      sends("r2", prepare()),
      sends("r2", reply()),
      sends("r2", prepare({ height: 2, digest: "b" })),
      sends("r2", prepare({ epoch: 2, digest: "b" })),
    ],
  ],
  [
    "a vote for another block",
    [sends("r2", prepare()), sends("r2", prepare({ digest: "b" }))],
    "one vote a height",
  ],
  [
    "yes and no to one block",
    [sends("r2", prepare()), sends("r2", prepare({ isYes: false }))],
    "one vote a height",
  ],
  [
    "a reply with other results",
    [sends("r2", reply()), sends("r2", reply({ results: "y" }))],
    "one vote a height",
  ],
  [
    "a new reply in an epoch that was left",
    [wants("r2", report), wants("r2", reply())],
    "no reply in older epochs",
  ],
  ["the same reply again", [wants("r2", reply()), wants("r2", report), wants("r2", reply())]],
];
for (const [claim, steps, ...judges] of rows) {
  test(`${judges.length === 0 ? "fine" : `"${judges.join()}" fires`}: ${claim}`, () => {
    const inspectors = createInspectors(safe);
    deepEqual(
      steps.flatMap((each) => each(inspectors)),
      judges,
    );
  });
}

test("as published, replies in older epochs are no offence", () => {
  const inspectors = createInspectors(published);
  const told = [wants("r2", report), wants("r2", reply())].flatMap((each) => each(inspectors));
  deepEqual(told, []);
});

/** Six nodes, so four voters and three replies; the primary shows a formal block with these. */
function complaintsAbout(rules: typeof safe, voters: readonly string[]): readonly string[] {
  const judge = createCertificateSoundness<CcroMessage>(
    { signedText, certificatesIn: (effect, n) => certificatesIn(rules, effect, n) },
    { n: 6, honest: new Set(["r0", "r1", "r2", "r3", "r4"]) },
  );
  for (const node of ["r2", "r3", "r4"]) {
    wants(node, reply({ epoch: 0, node }))([judge]);
  }
  const replies = voters.map((node) => ({ node, signature: "" }));
  const formal: FormalBlock = {
    kind: "formal-block",
    block: { height: 1, parent: "0", requests: [] },
    proof: { epoch: 0, height: 1, digest: "a", results: "x", replies },
  };
  return wants("r0", formal)([judge]);
}

const proofs = [
  ["carries the replies of a quorum", safe, ["r2", "r3", "r4"], 0],
  ["may carry a liar's", safe, ["r2", "r3", "r5"], 0],
  ["without replies is unsound", safe, [], 1],
  ["with too few replies is unsound", safe, ["r2", "r3"], 1],
  ["with a reply of the communication node is unsound", safe, ["r1", "r2", "r3", "r4"], 2],
  ["proves nothing where the primary's word is enough", certified, [], 0],
] as const;
for (const [claim, rules, voters, count] of proofs) {
  test(`a formal block under ${rules.name} ${claim}`, () => {
    const told = complaintsAbout(rules, voters);
    equal(told.length, count);
    ok(told.every((judge) => judge === "certificate soundness"));
  });
}
