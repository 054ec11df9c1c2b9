/** Seeded bugs in PBFT and what it stands on, each a small patch. */

import type { Mutant } from "./mutant.ts";

export const pbftMutants: readonly Mutant[] = [
  {
    name: "all quorums one too small",
    protocol: "pbft",
    edits: [
      {
        file: "core/quorum.ts",
        find: "Math.ceil((n + f + 1) / 2);",
        replace: "Math.ceil((n + f + 1) / 2) - 1;",
      },
    ],
  },
  {
    name: "prepared with one prepare too few",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/normal-case.ts",
        find: "slot.prepares.matching >= state.quorum - 1",
        replace: "slot.prepares.matching >= state.quorum - 2",
      },
      {
        file: "pbft/certificates.ts",
        find: "backups.size >= state.quorum - 1",
        replace: "backups.size >= state.quorum - 2",
      },
    ],
  },
  {
    name: "committed with one commit too few",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/normal-case.ts",
        find: "slot.commits.matching >= state.quorum)",
        replace: "slot.commits.matching >= state.quorum - 1)",
      },
    ],
  },
  {
    name: "votes counted once a message, not once a replica",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/slot.ts",
        find: "    if (this.#byReplica[replica] !== undefined) return false;\n",
        replace: "",
      },
    ],
  },
  {
    name: "votes counted without comparing digests",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/slot.ts",
        find: "if (vote.message.digest === this.#digest) this.#matching += 1;",
        replace: "this.#matching += 1;",
      },
      {
        file: "pbft/slot.ts",
        find: "return this.all().filter(({ message }) => message.digest === this.#digest);",
        replace: "return this.all();",
      },
    ],
  },
  {
    name: "a second pre-prepare overwrites the first",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: "  if (accepted !== undefined) {\n",
        replace: "  if (accepted !== undefined && accepted === digest) {\n",
      },
    ],
  },
  {
    name: "a pre-prepare from anybody",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: '  if (from !== primaryOf(state, view)) return "not from the primary";\n  // Only',
        replace: "  // Only",
      },
    ],
  },
  {
    name: "the primary's prepare counts, too",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: 'if (vote.kind === "prepare" && from === primaryOf(state, vote.view)) {',
        replace: 'if (vote.kind === "prepare" && vote.view < 0) {',
      },
    ],
  },
  {
    name: "the batch need not have the digest",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: '  if (digest !== batchDigest(batch, state.tools.digest)) return "digest of another batch";\n',
        replace: "",
      },
    ],
  },
  {
    name: "messages of old views are accepted",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: '  if (view < state.view) return "earlier view";\n',
        replace: "",
      },
    ],
  },
  {
    name: "no high watermark",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/objections.ts",
        find: 'return sequence > furthest ? "above the high watermark" : undefined;',
        replace: "return sequence > furthest + 1e9 ? undefined : undefined;",
      },
    ],
  },
  {
    name: "requests in a batch need no signature of their client",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/normal-case.ts",
        find: "if (!prePrepare.batch.every((request) => isAuthenticRequest(state, request))) {",
        replace: "if (prePrepare.batch.length < 0) {",
      },
    ],
  },
  {
    name: "the new view is not recomputed",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/new-view.ts",
        find: "  if (flaw !== undefined) return refuse(out, from, flaw);\n",
        replace: "",
      },
    ],
  },
  {
    name: "the highest view is not preferred",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/plan.ts",
        find: "if (rival === undefined || message.view > rival.view)",
        replace: "if (rival === undefined || message.view < rival.view)",
      },
    ],
  },
  {
    name: "the new primary ignores certificates",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/plan.ts",
        find: "const prepared = highestPrepared(all);",
        replace: "const prepared = highestPrepared(all.slice(0, 0));",
      },
    ],
  },
  {
    name: "a view-change carries no certificates",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/view-change.ts",
        find: "prepared: preparedCertificates(state),",
        replace: "prepared: preparedCertificates(state).slice(0, 0),",
      },
    ],
  },
  {
    name: "a certificate counts one backup's prepare several times",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/certificates.ts",
        find: "return backups.size >= state.quorum - 1 ?",
        replace: "return prepares.length >= state.quorum - 1 ?",
      },
    ],
  },
  {
    name: "a new view with one view-change too few",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/view-change.ts",
        find: "forThisView.length >= state.quorum)",
        replace: "forThisView.length >= state.quorum - 1)",
      },
      {
        file: "pbft/new-view.ts",
        find: "if (senders.size < state.quorum)",
        replace: "if (senders.size < state.quorum - 1)",
      },
    ],
  },
  {
    name: "votes of an old view count in the next",
    protocol: "pbft",
    edits: [
      { file: "pbft/slot.ts", find: "  slot.commits = new PhaseVotes();\n", replace: "" },
      { file: "pbft/slot.ts", find: "  slot.prepares = new PhaseVotes();\n", replace: "" },
    ],
  },
  {
    name: "nobody follows f + 1 view-changes",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/view-change.ts",
        find: "  if (view === undefined) return false;\n",
        replace: "  if (view === undefined || view > 0) return false;\n",
      },
    ],
  },
  {
    name: "a checkpoint is stable with f + 1",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/checkpoints.ts",
        find: "if (proof.length < state.quorum) return;",
        replace: "if (proof.length < state.f + 1) return;",
      },
      {
        file: "pbft/certificates.ts",
        find: "return signers.size >= state.quorum ?",
        replace: "return signers.size >= state.f + 1 ?",
      },
    ],
  },
  {
    name: "execution over a hole",
    protocol: "pbft",
    edits: [
      {
        file: "pbft/execution.ts",
        find: "const decision = state.slots.get(state.executor.slot + 1)?.decision;",
        replace:
          "const decision = [...state.slots.values()].find(\n      (slot) => slot.decision !== undefined && slot.sequence > state.executor.slot,\n    )?.decision;",
      },
      {
        file: "core/executor.ts",
        find: "assert(slot === this.#slot + 1, ",
        replace: "assert(slot > this.#slot, ",
      },
    ],
  },
  {
    name: "a request is executed each time it is ordered",
    protocol: "pbft",
    edits: [
      {
        file: "core/executor.ts",
        find: "      if (this.isOld(request)) continue;\n",
        replace: "",
      },
    ],
  },
  {
    name: "a client believes one reply too few",
    protocol: "pbft",
    edits: [{ file: "pbft/client.ts", find: "needed: weakQuorumOf(f)", replace: "needed: f" }],
  },
  {
    name: "nobody checks signatures",
    protocol: "pbft",
    edits: [
      {
        file: "core/node.ts",
        find: 'return this.#isAuthentic(signed) ? undefined : "bad signature";',
        replace: "return this.#isAuthentic(signed) ? undefined : undefined;",
      },
    ],
  },
];
