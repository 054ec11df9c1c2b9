/** Proofs are sound: enough different voters, who may vote, for the same, with votes that were cast. */

import { equal, match } from "node:assert/strict";
import { test } from "vitest";
import type { Certificate, CertifiedVote } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import { createCertificateSoundness } from "./certificate-soundness.ts";

interface Vote extends Message {
  readonly kind: "vote";
  readonly voter: string;
}

const voteOf = (voter: string): Vote => ({ kind: "vote", voter });
const signedText = ({ voter }: Vote): string => `vote|${voter}`;
const certified = (voter: string, says = "a"): CertifiedVote => ({
  voter,
  says,
  text: signedText(voteOf(voter)),
});

/** r0 to r2 are honest and voted; r3 may have said anything; then r0 shows its certificate. */
function complaintsAbout(votes: readonly CertifiedVote[], change: Partial<Certificate> = {}) {
  const certificate: Certificate = {
    name: "prepared",
    slot: 7,
    needed: 3,
    says: "a",
    mayVote: ["r0", "r1", "r2", "r3"],
    votes,
    ...change,
  };
  const judge = createCertificateSoundness<Vote>(
    {
      signedText,
      certificatesIn: ({ kind }: Effect<Vote>) => (kind === "persist" ? [certificate] : []),
    },
    { n: 4, honest: new Set(["r0", "r1", "r2"]) },
  );
  for (const voter of ["r1", "r2"]) {
    const cast: Effect<Vote> = { kind: "broadcast", to: [], message: voteOf(voter) };
    equal(judge.stepped?.(voter, { kind: "time-out", timer: "" }, [cast]).length, 0);
  }
  const shown: Effect<Vote> = { kind: "persist", record: null };
  return judge.stepped?.("r0", { kind: "time-out", timer: "" }, [shown]) ?? [];
}

const others = [certified("r1"), certified("r2")];
const rows: readonly (readonly [
  claim: string,
  votes: readonly CertifiedVote[],
  complaint: RegExp | undefined,
  change?: Partial<Certificate>,
])[] = [
  ["a quorum of votes that were cast is sound", [certified("r0"), ...others], undefined],
  ["a liar's vote may stand in it", [certified("r3"), ...others], undefined],
  ["one voter twice is no quorum", [...others, certified("r2")], /slot 7 .* with 2 of 3 voters/],
  ["nor are votes for something else", [certified("r0", "b"), ...others], /2 of 3 voters/],
  [
    "a vote that an honest node never cast is noticed",
    [...others, { ...certified("r1"), text: "vote|other" }, certified("r3")],
    /"vote\|other" of r1, who never said it/,
  ],
  [
    "so is a voter without a vote",
    [certified("r3"), ...others],
    /a vote of r3, who has none/,
    { mayVote: ["r0", "r1", "r2"] },
  ],
];
for (const [claim, votes, complaint, change] of rows) {
  test(claim, () => {
    const told = complaintsAbout(votes, change);
    equal(told.length, complaint === undefined ? 0 : 1, told[0]?.message);
    if (complaint !== undefined) match(told[0]?.message ?? "", complaint);
  });
}
