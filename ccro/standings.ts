/** The monitor's table: what each node did, as far as the monitor was told, and the trust it has. */

import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { TrustReading } from "../core/protocol.ts";
import type { VoterAnswer } from "./messages.ts";
import { type Role, type Roles, roleOf } from "./roles.ts";
import {
  type Deeds,
  type Indices,
  indicesOf,
  initialTrust,
  responseSteps,
  thresholds,
  trustAfter,
  trustAfterFailure,
} from "./trust.ts";

/** One line of the table after a round. */
export interface Rating extends Indices {
  readonly node: NodeId;
  readonly role: Role;
  readonly trust: number;
  /** R′ − R_last. */
  readonly step: number;
}

export interface RatedRound {
  readonly roles: Roles;
  readonly answers: readonly VoterAnswer[];
  /** Whether a node that had no part in the round was heard of lately all the same. */
  isAlive(node: NodeId): boolean;
}

interface Standing {
  readonly isAdmitted: boolean;
  readonly trust: number;
  readonly deeds: Deeds;
}

const newcomer: Standing = {
  isAdmitted: false,
  trust: initialTrust,
  deeds: { rounds: 0, up: 0, participated: 0, completed: 0 },
};

export class Standings {
  readonly #reading: TrustReading;
  readonly #standings: Map<NodeId, Standing>;

  constructor(nodes: readonly NodeId[], reading: TrustReading) {
    this.#reading = reading;
    this.#standings = new Map(nodes.map((node) => [node, newcomer]));
  }

  trustOf(node: NodeId): number {
    return this.#of(node).trust;
  }

  isNormal(node: NodeId): boolean {
    return this.trustOf(node) >= thresholds.normal;
  }

  isAdmitted(node: NodeId): boolean {
    return this.#of(node).isAdmitted;
  }

  /** A node of the domain has spoken under its own key; true if for the first time. */
  admit(node: NodeId): boolean {
    if (this.isAdmitted(node)) return false;
    this.#standings.set(node, { ...this.#of(node), isAdmitted: true });
    return true;
  }

  /** Rates everybody for a round that completed its block. */
  rate(round: RatedRound): readonly Rating[] {
    const { roles, answers } = round;
    const answered = new Map(answers.map((answer) => [answer.node, answer]));
    for (const node of this.#standings.keys()) this.#count(node, round, answered.get(node));
    const steps = responseSteps(
      new Map(roles.consensus.map((node) => [node, responseOf(answered.get(node))])),
    );
    const mean = this.#meanParticipation();
    return [...this.#standings.keys()].map((node) =>
      this.#judge(node, roleOf(roles, node), mean, steps.get(node) ?? 0),
    );
  }

  /** A node lost its role because it failed in it. */
  fail(node: NodeId): void {
    const { isAdmitted, trust, deeds } = this.#of(node);
    const participated = deeds.participated + 1;
    this.#standings.set(node, {
      isAdmitted,
      trust: trustAfterFailure(trust),
      deeds: { ...deeds, participated },
    });
  }

  /** For `/status`, and for the disk. */
  table(): { readonly [node: string]: Json } {
    return Object.fromEntries(
      [...this.#standings].map(([node, { isAdmitted, trust, deeds }]) => [
        node,
        { trust, isAdmitted, ...deeds },
      ]),
    );
  }

  /** Takes over what `table` gave in an earlier life. */
  restore(table: ReturnType<Standings["table"]>): void {
    for (const [node, line] of Object.entries(table)) {
      const { trust, isAdmitted, ...deeds } = line as unknown as Standing & Deeds;
      this.#standings.set(node, { trust, isAdmitted, deeds });
    }
  }

  #of(node: NodeId): Standing {
    return this.#standings.get(node) ?? newcomer;
  }

  #count(node: NodeId, { roles, isAlive }: RatedRound, answer: VoterAnswer | undefined): void {
    const standing = this.#of(node);
    const { deeds } = standing;
    const role = roleOf(roles, node);
    const isVoter = role === "consensus";
    // Without its two leaders the round had not come to its end.
    const isLeader = role === "primary" || role === "communication";
    const isUp = isLeader || (isVoter && answer !== undefined) || isAlive(node);
    const isCompleted = isLeader || (isVoter && answer?.isForBlock === true);
    this.#standings.set(node, {
      ...standing,
      deeds: {
        rounds: deeds.rounds + 1,
        up: deeds.up + Number(isUp),
        participated: deeds.participated + Number(isLeader || isVoter),
        completed: deeds.completed + Number(isCompleted),
      },
    });
  }

  #meanParticipation(): number {
    const all = [...this.#standings.values()];
    return all.reduce((sum, { deeds }) => sum + deeds.participated, 0) / all.length;
  }

  #judge(node: NodeId, role: Role, mean: number, step: number): Rating {
    const standing = this.#of(node);
    const indices = indicesOf(standing.deeds, mean);
    const trust = trustAfter(this.#reading, standing.trust, indices, step);
    this.#standings.set(node, { ...standing, trust });
    return { node, role, trust, ...indices, step };
  }
}

/** A vote for something else is no answer. */
const responseOf = (answer: VoterAnswer | undefined): number | undefined =>
  answer?.isForBlock === true ? answer.responseUs : undefined;
