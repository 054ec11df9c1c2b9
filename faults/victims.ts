/** Whom a fault is aimed at when nobody said. */

import type { FaultContext } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";

/** How many of so many possible victims. */
export type Share = (possible: number) => number;

/**
 * The nodes named, or a share of the other replicas, drawn from the seed at the first question and
 * the same ever after. Clients and monitoring nodes are only hit when they are named.
 */
export class Victims {
  #chosen: ReadonlySet<NodeId> | undefined;
  readonly #share: Share;

  constructor(named: readonly NodeId[] | undefined, share: Share) {
    this.#chosen = named === undefined ? undefined : new Set(named);
    this.#share = share;
  }

  includes<M extends Message>(node: NodeId, { peers, random }: FaultContext<M>): boolean {
    this.#chosen ??= this.#draw(peers, random);
    return this.#chosen.has(node);
  }

  #draw(peers: readonly NodeId[], random: FaultContext<Message>["random"]): ReadonlySet<NodeId> {
    const replicas = peers.filter((peer) => peer.startsWith("r"));
    const possible = replicas.length > 0 ? replicas : peers;
    return new Set(random.sample(possible, Math.max(1, this.#share(possible.length))));
  }
}
