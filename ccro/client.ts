/**
 * What a client believes. As published: the primary's word, or, when it had to ask everybody, the
 * equal words of f + 1 nodes. Under the safe rules: a result that a certificate covers, from anybody.
 */

import { createClient, type Answer as Word } from "../core/client.ts";
import { type NodeId, replicaIds } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import type { ClientSetup } from "../core/protocol.ts";
import { weakQuorumOf } from "../core/quorum.ts";
import { Certificates, type EvidenceObjection } from "./certificates.ts";
import type { Answer, CcroMessage } from "./messages.ts";
import { isAmongResults } from "./results.ts";
import type { RuleSet } from "./rules.ts";

export type AnswerObjection =
  | EvidenceObjection
  | "not an answer"
  | "not a node"
  | "not its own name"
  | "an answer to another client"
  | "no evidence"
  | "evidence of another height"
  | "another result than the evidence covers"
  | "one node's word";

export function createCcroClient(
  setup: ClientSetup<CcroMessage>,
  rules: RuleSet,
): Machine<CcroMessage> {
  const reader = new AnswerReader(setup, rules);
  return createClient<CcroMessage>(setup, {
    everybody: replicaIds(setup.n),
    // Later epochs come with the monitor's word for who their primary is.
    leaderOf: () => reader.firstPrimary,
    needed: 1,
    isLeaderSpokesman: true,
    readAnswer: (signed) => reader.read(signed),
  });
}

/** What one answer is worth to one client. */
export class AnswerReader {
  readonly #setup: ClientSetup<CcroMessage>;
  readonly #rules: RuleSet;
  readonly #certificates: Certificates;
  /** Who vouches for which result of the newest request, where no single word is enough. */
  readonly #words = new Map<string, Set<NodeId>>();
  #newest = 0;

  constructor(setup: ClientSetup<CcroMessage>, rules: RuleSet) {
    const { n, f, tools } = setup;
    this.#setup = setup;
    this.#rules = rules;
    this.#certificates = new Certificates({ n, f, rules, tools });
  }

  get firstPrimary(): NodeId {
    return this.#certificates.first.primary;
  }

  read({ from, message }: Signed<CcroMessage>): Word | AnswerObjection {
    if (message.kind !== "answer") return "not an answer";
    if (!this.#certificates.isNode(from)) return "not a node";
    if (from !== message.node) return "not its own name";
    if (message.client !== this.#setup.id) return "an answer to another client";
    const roles = this.#certificates.rolesOf(message);
    if (typeof roles === "string") return roles;
    const objection =
      this.#rules.formalBlock === "proof"
        ? this.#objectionToEvidence(message)
        : this.#objectionToWord(message, roles.primary);
    if (objection !== undefined) return objection;
    const { timestamp, epoch, height, result } = message;
    return { timestamp, view: epoch, slot: height, result, leader: roles.primary };
  }

  #objectionToEvidence(answer: Answer): AnswerObjection | undefined {
    const { evidence, height } = answer;
    if (evidence === undefined) return "no evidence";
    if (evidence.proof.height !== height) return "evidence of another height";
    if (!isAmongResults(answer, evidence, this.#setup.tools.digest)) {
      return "another result than the evidence covers";
    }
    return this.#certificates.objectionToProof(evidence.proof);
  }

  #objectionToWord(
    { node, timestamp, result, height }: Answer,
    primary: NodeId,
  ): AnswerObjection | undefined {
    if (node === primary) return undefined;
    if (timestamp > this.#newest) {
      this.#newest = timestamp;
      this.#words.clear();
    }
    if (timestamp < this.#newest) return "one node's word";
    const key = `${height} ${result}`;
    const nodes = this.#words.get(key) ?? new Set();
    this.#words.set(key, nodes.add(node));
    return nodes.size < weakQuorumOf(this.#setup.f) ? "one node's word" : undefined;
  }
}
