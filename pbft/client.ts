/** What a PBFT client asks and believes (§4.1): the primary first, then f + 1 replicas that agree. */

import { type ClientRule, createClient } from "../core/client.ts";
import { replicaIds } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { ClientSetup } from "../core/protocol.ts";
import { weakQuorumOf } from "../core/quorum.ts";
import type { PbftMessage } from "./messages.ts";

export function createPbftClient(setup: ClientSetup<PbftMessage>): Machine<PbftMessage> {
  return createClient<PbftMessage>(setup, clientRule(setup));
}

function clientRule({ id, n, f }: ClientSetup<PbftMessage>): ClientRule<PbftMessage> {
  const replicas = replicaIds(n);
  const members = new Set(replicas);
  return {
    everybody: replicas,
    leaderOf: (view) => replicas[view % n] ?? "r0",
    needed: weakQuorumOf(f),
    readAnswer({ message, from }) {
      if (message.kind !== "reply") return "not for a client";
      if (!members.has(from)) return "not a member";
      if (message.replica !== from) return "not its own name";
      if (message.client !== id) return "reply to another client";
      const { timestamp, view, sequence: slot, result } = message;
      return { timestamp, view, slot, result };
    },
  };
}
