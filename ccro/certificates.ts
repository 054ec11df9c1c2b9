/**
 * Evidence from other nodes, checked before use: assignments, prepared certificates, proofs of
 * complete blocks. What was found good once is not checked again, since everybody carries the same.
 */

import type { NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { Tools } from "../core/protocol.ts";
import type {
  Assignment,
  Ballot,
  CcroMessage,
  LoggedPrepare,
  Prepared,
  Proof,
} from "./messages.ts";
import { firstRoles, monitorId, type Roles, rolesIn } from "./roles.ts";
import { preparesNeeded, type RuleSet, repliesNeeded, type Sizes } from "./rules.ts";
import { assignmentText, preparedText, proofText } from "./texts.ts";

export type AssignmentObjection =
  | "an assignment that the monitor did not sign"
  | "an assignment that is none";

export type EvidenceObjection =
  | AssignmentObjection
  | "evidence of another epoch"
  | "a vote from no consensus node"
  | "a vote counted twice"
  | "a forged vote"
  | "too few votes"
  | "a reply from no consensus node"
  | "a reply counted twice"
  | "a forged reply"
  | "too few replies";

export interface CertificateOptions {
  readonly n: number;
  readonly f: number;
  readonly rules: RuleSet;
  readonly tools: Pick<Tools<CcroMessage>, "isAuthentic">;
}

// Texts of good evidence that are remembered; then it begins anew.
const remembered = 128;

export class Certificates {
  readonly #options: CertificateOptions;
  readonly #first: Roles;
  readonly #nodes: ReadonlySet<NodeId>;
  readonly #good = new Set<string>();

  constructor(options: CertificateOptions) {
    this.#options = options;
    this.#first = firstRoles(options.n);
    const { primary, communication, consensus } = this.#first;
    this.#nodes = new Set([primary, communication, ...consensus]);
  }

  /** The roles of epoch 0. */
  get first(): Roles {
    return this.#first;
  }

  isNode(id: NodeId): boolean {
    return this.#nodes.has(id);
  }

  sizesOf({ consensus }: Roles): Sizes {
    const { n, f } = this.#options;
    return { n, f, voters: consensus.length };
  }

  objectionToAssignment(signed: Signed<Assignment>): AssignmentObjection | undefined {
    const text = `${signed.signature}|${assignmentText(signed.message)}`;
    if (this.#good.has(text)) return undefined;
    if (signed.from !== monitorId || !this.#options.tools.isAuthentic(signed)) {
      return "an assignment that the monitor did not sign";
    }
    if (!this.#isWhole(signed.message)) return "an assignment that is none";
    this.#remember(text);
    return undefined;
  }

  /** Who had which role when the evidence came about. */
  rolesOf({ epoch, assignment }: Pick<Proof, "epoch" | "assignment">): Roles | EvidenceObjection {
    if (assignment === undefined) return epoch === 0 ? this.#first : "evidence of another epoch";
    if (epoch === 0 || assignment.message.epoch !== epoch) return "evidence of another epoch";
    return this.objectionToAssignment(assignment) ?? rolesIn(assignment);
  }

  /** All votes of the log are what their nodes signed, and a quorum says yes to the digest. */
  objectionToVotes(
    roles: Roles,
    ballot: Ballot,
    votes: readonly LoggedPrepare[],
  ): EvidenceObjection | undefined {
    const { epoch, height } = ballot;
    const counted = new Set<NodeId>();
    let inFavour = 0;
    for (const { node, digest, isYes, signature } of votes) {
      if (!roles.consensus.includes(node)) return "a vote from no consensus node";
      if (counted.has(node)) return "a vote counted twice";
      counted.add(node);
      const prepare = { kind: "prepare", epoch, height, digest, isYes, node } as const;
      const isAuthentic = this.#options.tools.isAuthentic({
        from: node,
        message: prepare,
        signature,
      });
      if (!isAuthentic) return "a forged vote";
      if (isYes && digest === ballot.digest) inFavour += 1;
    }
    return inFavour < preparesNeeded(this.sizesOf(roles)) ? "too few votes" : undefined;
  }

  objectionToPrepared(prepared: Prepared): EvidenceObjection | undefined {
    const text = `prepared|${preparedText(prepared)}`;
    if (this.#good.has(text)) return undefined;
    const roles = this.rolesOf(prepared);
    if (typeof roles === "string") return roles;
    const objection = this.objectionToVotes(roles, prepared, prepared.votes);
    if (objection === undefined) this.#remember(text);
    return objection;
  }

  objectionToProof(proof: Proof): EvidenceObjection | undefined {
    const text = `proof|${proofText(proof)}`;
    if (this.#good.has(text)) return undefined;
    const roles = this.rolesOf(proof);
    if (typeof roles === "string") return roles;
    const objection = this.#objectionToReplies(roles, proof);
    if (objection === undefined) this.#remember(text);
    return objection;
  }

  #objectionToReplies(roles: Roles, proof: Proof): EvidenceObjection | undefined {
    const { rules, tools } = this.#options;
    const { epoch, height, digest, results } = proof;
    const counted = new Set<NodeId>();
    for (const { node, signature } of proof.replies) {
      if (!roles.consensus.includes(node)) return "a reply from no consensus node";
      if (counted.has(node)) return "a reply counted twice";
      counted.add(node);
      const reply = { kind: "reply", epoch, height, digest, results, node } as const;
      if (!tools.isAuthentic({ from: node, message: reply, signature })) return "a forged reply";
    }
    return counted.size < repliesNeeded(rules, this.sizesOf(roles)) ? "too few replies" : undefined;
  }

  /** Roles for different nodes of ours, and voters enough that f of them may lie. */
  #isWhole({ primary, communication, consensus }: Assignment): boolean {
    const everybody = [primary, communication, ...consensus];
    return (
      new Set(everybody).size === everybody.length &&
      everybody.every((node) => this.#nodes.has(node)) &&
      consensus.length >= 3 * this.#options.f + 1
    );
  }

  #remember(text: string): void {
    if (this.#good.size >= remembered) this.#good.clear();
    this.#good.add(text);
  }
}
