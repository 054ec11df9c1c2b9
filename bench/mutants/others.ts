/** Seeded bugs in CCRO-safe and Paxos, each a small patch. */

import type { Edit, Mutant } from "./mutant.ts";

const safe = (name: string, ...edits: readonly Edit[]): Mutant => ({
  name,
  protocol: "ccro-safe",
  edits,
});

const paxos = (name: string, ...edits: readonly Edit[]): Mutant => ({
  name,
  protocol: "paxos",
  edits,
});

const rule = (find: string, replace: string): Edit => ({ file: "ccro/rules.ts", find, replace });

export const ccroMutants: readonly Mutant[] = [
  safe("R1 off: f + 1 replies complete a block", rule('replies: "quorum",', 'replies: "weak",')),
  safe(
    "R2 off: reports of heights alone",
    rule(
      'formalBlock: "proof",\n  handOver: {\n    report: "certificate",',
      'formalBlock: "proof",\n  handOver: {\n    report: "height",',
    ),
  ),
  safe("R3 off: 2f + 1 reports", rule('reports: "all but f",', 'reports: "quorum",')),
  safe(
    "R4 off: nobody checks the reports",
    rule("areReportsAttached: true,", "areReportsAttached: false,"),
  ),
  safe(
    "R5 off: replies in older epochs",
    rule(
      "areReportsAttached: true,\n    mayReplyInOlderEpochs: false,",
      "areReportsAttached: true,\n    mayReplyInOlderEpochs: true,",
    ),
  ),
  safe(
    "prepared and complete with one vote too few",
    rule("=> quorumOf(voters, f);", "=> quorumOf(voters, f) - 1;"),
  ),
  safe(
    "a formal block is the primary's word",
    rule('formalBlock: "proof",', 'formalBlock: "word",'),
  ),
  safe("anybody may send a preparatory block", {
    file: "ccro/objections.ts",
    find: '  if (from !== roles.primary) return "not the primary";\n  const objection',
    replace: "  const objection",
  }),
  safe("two blocks at one height", {
    file: "ccro/objections.ts",
    find: 'if (known !== undefined && known !== digest) return "a second block at this height";',
    replace: "",
  }),
];

export const paxosMutants: readonly Mutant[] = [
  paxos("one promise too few", {
    file: "paxos/leader-change.ts",
    find: "if (candidate.promises.size < state.majority) return;",
    replace: "if (candidate.promises.size < state.majority - 1) return;",
  }),
  paxos("the highest ballot is not preferred", {
    file: "paxos/leader-change.ts",
    find: "?.ballot ?? -1) >= proposal.ballot) continue;",
    replace: "?.ballot ?? -1) >= 0) continue;",
  }),
  paxos("a promise binds nobody", {
    file: "paxos/acceptor.ts",
    find: '  if (ballot < promised) return "older ballot";\n',
    replace: "",
  }),
];
