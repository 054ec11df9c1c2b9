/**
 * What seed 004 calls PBFT, under an honest name: three rounds of everybody telling everybody, no
 * quorum, no decision. Kept so that its published table can be reproduced.
 */

import { createClient } from "../core/client.ts";
import { replicaIds } from "../core/ids.ts";
import type { Protocol } from "../core/protocol.ts";
import { faultsTolerated } from "../core/quorum.ts";
import { floodRule } from "./client.ts";
import { arrivingPosts } from "./counts.ts";
import { lies } from "./lies.ts";
import { check, type FloodMessage, kinds, signedText } from "./messages.ts";
import { Replica } from "./replica.ts";
import { commander } from "./state.ts";

export const flood: Protocol<FloodMessage> = {
  name: "flood",
  title: "Flood",
  // The sizes that seed 004 takes for x faulty nodes. Nothing is decided, so nothing is tolerated.
  faultsTolerated,
  nodesFor: (f) => 3 * f + 1,
  members: (n) =>
    replicaIds(n).map((id) => ({
      id,
      role: id === commander ? "primary" : "backup",
      isReplica: true,
    })),
  createMember: (setup) => new Replica(setup),
  createClient: (setup) => createClient(setup, floodRule(setup)),
  signedText,
  check,
  kinds,
  controlKinds: [],
  votingPhase: "commit",
  expectedMessages: (n) => ({ request: 1, ...arrivingPosts({ n }), reply: 1 }),
  lies,
  keepsNothing: true,
};
