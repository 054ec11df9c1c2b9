/** PBFT as a protocol of the house: Castro & Liskov, OSDI 1999. See README.md. */

import { replicaIds } from "../core/ids.ts";
import type { Protocol } from "../core/protocol.ts";
import { faultsTolerated } from "../core/quorum.ts";
import { createPbftClient } from "./client.ts";
import { finality } from "./finality.ts";
import { certificatesIn } from "./judges/evidence.ts";
import { createInspectors } from "./judges/inspectors.ts";
import { lies } from "./lies.ts";
import { type PbftMessage, signedText } from "./messages.ts";
import { recordRules } from "./record-rules.ts";
import { createReplica } from "./replica.ts";
import { isPbftMessage } from "./shapes.ts";

export const pbft: Protocol<PbftMessage> = {
  name: "pbft",
  title: "PBFT",
  faultsTolerated,
  nodesFor: (f) => 3 * f + 1,
  members: (n) =>
    replicaIds(n).map((id, number) => ({
      id,
      role: number === 0 ? "primary" : "backup",
      isReplica: true,
    })),
  createMember: createReplica,
  createClient: createPbftClient,
  signedText,
  check: isPbftMessage,
  kinds: [
    "request",
    "pre-prepare",
    "prepare",
    "commit",
    "reply",
    "checkpoint",
    "view-change",
    "new-view",
    "fetch",
    "committed",
    "state",
  ],
  controlKinds: ["checkpoint", "view-change", "new-view", "fetch", "committed", "state"],
  votingPhase: "commit",
  expectedMessages: (n) => ({
    request: 1,
    "pre-prepare": n - 1,
    prepare: (n - 1) ** 2,
    commit: n * (n - 1),
    reply: n,
  }),
  lies,
  records: recordRules,
  certificatesIn,
  createInspectors,
  finality,
};
