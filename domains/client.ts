/**
 * A client of a split cluster: asks its own domain, and believes what f + 1 of its members say came of the
 * request at its place in the whole ledger. No certificate covers that: a domain proves order, and results
 * depend on the blocks of all domains.
 */

import { createClient } from "../core/client.ts";
import type { Machine } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import type { ClientSetup } from "../core/protocol.ts";
import { weakQuorumOf } from "../core/quorum.ts";
import { type DomainMessage, isOutcome } from "./messages.ts";
import { domainServing, type Split } from "./split.ts";

export function createDomainClient<M extends Message>(
  around: Split,
  setup: ClientSetup<DomainMessage<M>>,
): Machine<DomainMessage<M>> {
  const domain = domainServing(around, setup.id);
  const members = new Set(domain.replicas);
  const first = domain.members[0]?.id ?? setup.id;
  return createClient<DomainMessage<M>>(setup, {
    everybody: domain.replicas,
    leaderOf: () => first,
    needed: weakQuorumOf(domain.f),
    readAnswer({ from, message }) {
      if (!isOutcome(message)) return "not for a client";
      const { height, view, timestamp, client, node, leader, result } = message;
      if (node !== from) return "not its own name";
      if (!members.has(from)) return "not of its domain";
      if (client !== setup.id) return "outcome for another client";
      const believed = members.has(leader) ? leader : first;
      return { timestamp, view, slot: height, result, leader: believed };
    },
  });
}
