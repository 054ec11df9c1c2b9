/** What a height decided, as outsiders check it: a formal block, and its replies where there are any. */

import type { Finality, FinishedSlot, OutsiderSetup } from "../core/protocol.ts";
import { objectionToBlock } from "./blocks.ts";
import { Certificates } from "./certificates.ts";
import type { CcroMessage } from "./messages.ts";
import type { RuleSet } from "./rules.ts";

/** The communication node speaks for its domain; who is asked instead has the same block. */
export const finalityOf = (rules: RuleSet): Finality<CcroMessage> => ({
  speaker: "communication",
  answerKind: "answer",
  createReader: (cluster) => createReader(rules, cluster),
});

function createReader(rules: RuleSet, { n, f, tools }: OutsiderSetup<CcroMessage>) {
  const certificates = new Certificates({ n, f, rules, tools });
  const isProven = rules.formalBlock === "proof";
  const read = (evidence: CcroMessage): FinishedSlot | string => {
    if (evidence.kind !== "formal-block") return "no formal block";
    const { block, proof } = evidence;
    if (block.height < 1 || proof.height !== block.height) return "another height";
    const objection =
      objectionToBlock(block, proof.digest, tools) ??
      (isProven ? certificates.objectionToProof(proof) : undefined);
    if (objection !== undefined) return objection;
    const requests = block.requests.map(({ message }) => message);
    return { slot: block.height, view: proof.epoch, digest: proof.digest, requests, isProven };
  };
  return { read };
}
