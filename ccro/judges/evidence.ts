/** The certificates of CCRO wherever a node shows them: message logs, proofs, reports. */

import type { Certificate, CertifiedVote } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import type {
  CcroMessage,
  FormalBlock,
  LoggedPrepare,
  Prepared,
  Proof,
  Report,
  SignedName,
} from "../messages.ts";
import { faultsTolerated, firstRoles } from "../roles.ts";
import { preparesNeeded, type RuleSet, repliesNeeded } from "../rules.ts";
import { signedText } from "../texts.ts";

interface Sizes {
  readonly rules: RuleSet;
  readonly n: number;
}

export function certificatesIn(
  rules: RuleSet,
  effect: Effect<CcroMessage>,
  n: number,
): readonly Certificate[] {
  if (effect.kind !== "send" && effect.kind !== "broadcast") return [];
  return shown(effect.message, { rules, n });
}

function shown(message: CcroMessage, sizes: Sizes): readonly Certificate[] {
  switch (message.kind) {
    case "formal-block":
      return formal(message, sizes);
    case "report":
      return ofReport(message, sizes);
    case "preparatory-block":
      return (message.opening?.reports ?? []).flatMap((report) => ofReport(report.message, sizes));
    case "excerpt": {
      const { blocks, checkpoint } = message;
      const all = checkpoint === undefined ? blocks : [...blocks, checkpoint.formal];
      return all.flatMap((block) => formal(block, sizes));
    }
    case "answer":
      return message.evidence === undefined ? [] : complete(message.evidence.proof, sizes);
    default:
      return [];
  }
}

const formal = ({ proof }: FormalBlock, sizes: Sizes): readonly Certificate[] =>
  complete(proof, sizes);

function ofReport({ height, proof, prepared }: Report, sizes: Sizes): readonly Certificate[] {
  return [
    ...(proof === undefined || height === 0 ? [] : complete(proof, sizes)),
    ...(prepared === undefined ? [] : [preparedBy(prepared, sizes)]),
  ];
}

/** Where the primary's word is enough, nothing is proven. */
function complete(proof: Proof, { rules, n }: Sizes): readonly Certificate[] {
  if (rules.formalBlock === "word") return [];
  const { height, digest, results } = proof;
  const mayVote = votersIn(proof, n);
  const says = `${digest} with results ${results}`;
  const needed = repliesNeeded(rules, { n, f: faultsTolerated(n), voters: mayVote.length });
  const votes = proof.replies.map((reply) => replyVote(proof, reply, says));
  return [{ name: "complete", slot: height, needed, says, mayVote, votes }];
}

function preparedBy(prepared: Prepared, { n }: Sizes): Certificate {
  const { height, digest: says } = prepared;
  const mayVote = votersIn(prepared, n);
  const needed = preparesNeeded({ n, f: faultsTolerated(n), voters: mayVote.length });
  const votes = prepared.votes.map((logged) => prepareVote(prepared, logged));
  return { name: "prepared", slot: height, needed, says, mayVote, votes };
}

const votersIn = ({ assignment }: Pick<Proof, "assignment">, n: number) =>
  assignment?.message.consensus ?? firstRoles(n).consensus;

function replyVote(proof: Proof, { node }: SignedName, says: string): CertifiedVote {
  const { epoch, height, digest, results } = proof;
  const text = signedText({ kind: "reply", epoch, height, digest, results, node });
  return { voter: node, says, text };
}

function prepareVote({ epoch, height }: Prepared, logged: LoggedPrepare): CertifiedVote {
  const { node, digest, isYes } = logged;
  const text = signedText({ kind: "prepare", epoch, height, digest, isYes, node });
  return { voter: node, says: isYes ? digest : `not ${digest}`, text };
}
