/**
 * A decree as it is set up: who takes part, under which number, and what each client wants. Nodes and
 * clients are numbered together as in seed 003: first the consensus nodes, then the clients.
 */

import { canonical, type Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import { type SingleDecreeMessage, singleDecree } from "../../paxos/single-decree/index.ts";
import type { RoleCounts } from "../../paxos/single-decree/roles.ts";

/** What a client wants, and of which proposer, counted from 0. */
export interface Wish {
  readonly value: Json;
  readonly proposer: number;
}

/** A node that is never there, or that goes just before it first sends a message of this kind. */
export interface Crash {
  readonly node: NodeId;
  readonly before: SingleDecreeMessage["kind"] | undefined;
}

export interface Deployment {
  readonly counts: RoleCounts;
  readonly clients: number;
  /** Of the clients whose wish is known here: in a process of its own a client knows only its own. */
  readonly wishes: ReadonlyMap<NodeId, Wish>;
  readonly crashes: readonly Crash[];
}

export const sizeOf = ({ counts }: Pick<Deployment, "counts">): number =>
  counts.proposers + counts.acceptors + counts.learners;

export const idsOf = (deployment: Pick<Deployment, "counts" | "clients">): readonly NodeId[] =>
  Array.from({ length: sizeOf(deployment) + deployment.clients }, (_, number) =>
    idOf(deployment, number),
  );

export const idOf = (deployment: Pick<Deployment, "counts">, number: number): NodeId => {
  const size = sizeOf(deployment);
  return number < size ? `r${number}` : `c${number - size}`;
};

export const numberOf = (deployment: Pick<Deployment, "counts">, id: NodeId): number =>
  Number(id.slice(1)) + (isClient(id) ? sizeOf(deployment) : 0);

export const isClient = (id: NodeId): boolean => id.startsWith("c");

/**
 * Single-decree Paxos whose clients are members: each has an address of its own, and asks for what it
 * wants as soon as it lives.
 */
export function deployed(deployment: Deployment, firstTimestamp: number): Protocol {
  const { counts, wishes } = deployment;
  const protocol: Protocol = singleDecree({
    ...counts,
    desiredProposer: (client) => wishes.get(client)?.proposer ?? 0,
  });
  const clients = idsOf(deployment).filter(isClient);
  return {
    ...protocol,
    members: (n) => [
      ...protocol.members(n),
      ...clients.map((id) => ({ id, role: "client", isReplica: false })),
    ],
    createMember(setup) {
      if (!isClient(setup.id)) return protocol.createMember(setup);
      const client = protocol.createClient({ ...setup, firstTimestamp });
      const wish = wishes.get(setup.id);
      return wish === undefined ? client : wishful(client, wish.value);
    },
  };
}

/** Wants one thing from the start of its life. */
const wishful = <M extends Message>(client: Machine<M>, value: Json): Machine<M> => ({
  ...client,
  step(input, now) {
    const effects = client.step(input, now);
    if (input.kind !== "start") return effects;
    return [...effects, ...client.step({ kind: "request", operation: canonical(value) }, now)];
  },
});
