/** The client's rule: the leader's word is enough, because nodes fail here but do not lie. */

import { type ClientRule, createClient } from "../core/client.ts";
import { replicaIds } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { ClientSetup } from "../core/protocol.ts";
import { isBallotOf, ownerOf } from "./ballots.ts";
import type { PaxosMessage } from "./messages.ts";

export function createPaxosClient(setup: ClientSetup<PaxosMessage>): Machine<PaxosMessage> {
  const everybody = replicaIds(setup.n);
  const replicas = new Set(everybody);
  const rule: ClientRule<PaxosMessage> = {
    everybody,
    leaderOf: (ballot) => ownerOf(isBallotOf(setup.n, ballot) ? ballot : 0),
    needed: 1,
    isLeaderSpokesman: true,
    readAnswer({ from, message }) {
      if (message.kind !== "reply") return "not a reply";
      if (message.replica !== from) return "reply under another name";
      if (!replicas.has(from)) return "not a replica";
      if (message.client !== setup.id) return "reply to another client";
      const { timestamp, view, sequence: slot, result } = message;
      return { timestamp, view, slot, result };
    },
  };
  return createClient(setup, rule);
}
