/** Multi-Paxos (Lamport: The Part-Time Parliament; Paxos Made Simple §3): the crash-fault baseline. */

import { UsageError } from "../core/assert.ts";
import { replicaIds } from "../core/ids.ts";
import type { Member, Protocol } from "../core/protocol.ts";
import { mostReplicas } from "./ballots.ts";
import { createPaxosClient } from "./client.ts";
import { createInspectors } from "./judges/inspectors.ts";
import { lies } from "./lies.ts";
import {
  check,
  controlKinds,
  kinds,
  type PaxosMessage,
  signedText,
  votingPhase,
} from "./messages.ts";
import { recordRules } from "./record-rules.ts";
import { createReplica } from "./replica.ts";

export const paxos: Protocol<PaxosMessage> = {
  name: "paxos",
  title: "Paxos",
  faultsTolerated: (n) => Math.floor((n - 1) / 2),
  nodesFor: (f) => 2 * f + 1,
  members,
  createMember: createReplica,
  createClient: createPaxosClient,
  signedText,
  check,
  kinds,
  controlKinds,
  votingPhase,
  expectedMessages: (n) => ({
    request: 1,
    accept: n - 1,
    accepted: n - 1,
    chosen: n - 1,
    reply: 1,
  }),
  lies,
  createInspectors,
  records: recordRules,
};

function members(n: number): readonly Member[] {
  if (n > mostReplicas) throw new UsageError(`paxos runs with at most ${mostReplicas} replicas`);
  return replicaIds(n).map((id, index) => ({
    id,
    role: index === 0 ? "leader" : "backup",
    isReplica: true,
  }));
}
