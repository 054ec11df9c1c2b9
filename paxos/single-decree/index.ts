/** Single-decree Paxos as seed 003 runs it: an election, roles, and one value for everybody. */

import { assert, UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Member, Protocol } from "../../core/protocol.ts";
import { mostReplicas } from "../ballots.ts";
import { createDecreeClient } from "./client.ts";
import { lies } from "./lies.ts";
import {
  check,
  controlKinds,
  kinds,
  type SingleDecreeMessage,
  signedText,
  votingPhase,
} from "./messages.ts";
import { createParticipant } from "./participant.ts";
import { type RoleCounts, roleOf, seatsOf } from "./roles.ts";

export { crashBefore } from "./crash.ts";
export type { SingleDecreeMessage } from "./messages.ts";

export interface SingleDecreeOptions extends RoleCounts {
  /**
   * Which proposer a client asks first, counted from 0 modulo their number, as in seed 003. Left out:
   * c0 asks the first, c1 the second …
   */
  desiredProposer?(client: NodeId): number;
}

/** For exactly proposers + acceptors + learners nodes; the clients each ask for a value. */
export function singleDecree(options: SingleDecreeOptions): Protocol<SingleDecreeMessage> {
  const { proposers, acceptors, learners } = options;
  for (const [role, count] of Object.entries({ proposers, acceptors, learners })) {
    if (!Number.isSafeInteger(count) || count < 1) {
      throw new UsageError(`single-decree Paxos needs at least 1 of its ${role}, not ${count}`);
    }
  }
  const size = proposers + acceptors + learners;
  if (size > mostReplicas) {
    throw new UsageError(
      `single-decree Paxos runs with at most ${mostReplicas} nodes, not ${size}`,
    );
  }
  const numberOf = (client: NodeId) => Number(client.slice(1));
  const desired = options.desiredProposer ?? numberOf;
  return {
    name: "paxos-single",
    title: "Paxos (single decree)",
    faultsTolerated: () => Math.floor((acceptors - 1) / 2),
    nodesFor: (f) => proposers + 2 * f + 1 + learners,
    members: (n) => membersOf(options, n),
    createMember: (setup) => createParticipant(setup, options),
    createClient: (setup) => createDecreeClient(setup, desired(setup.id)),
    signedText,
    check,
    kinds,
    controlKinds,
    votingPhase,
    expectedMessages: () => ({
      request: 1 + learners,
      prepare: acceptors,
      promise: acceptors,
      accept: acceptors,
      accepted: acceptors * (1 + learners),
      reply: learners,
    }),
    lies,
  };
}

/** Before the election nobody has a role; the seats say which one it will be if everybody lives. */
function membersOf(counts: RoleCounts, n: number): readonly Member[] {
  const seats = seatsOf(counts);
  const ids = [...seats.proposers, ...seats.acceptors, ...seats.learners];
  if (n !== ids.length) {
    throw new UsageError(
      `${counts.proposers} proposers, ${counts.acceptors} acceptors and ${counts.learners} learners are ${ids.length} nodes, not ${n}`,
    );
  }
  return ids.map((id) => {
    const role = roleOf(seats, id);
    assert(role !== undefined, "every seat has a role");
    return { id, role, isReplica: true };
  });
}
