/** What everybody in a simulated cluster counted, delivered and accepted, over all of their lives. */

import type { CountersView } from "../../core/counters.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Acceptance, Delivery } from "../../core/machine.ts";
import type { Message, Signed } from "../../core/messages.ts";
import type { Node } from "../../core/node.ts";
import { addCounters, noCounters } from "../../host/counted.ts";
import type { SimulationObserver } from "../../sim/simulation.ts";
import type { TransportCounters } from "../cluster.ts";

interface Kept {
  readonly deliveries: Delivery[];
  readonly acceptances: Acceptance[];
  earlierLives: CountersView;
  bytes: number;
  lost: number;
}

export class SimulatedRecord {
  readonly #byNode = new Map<NodeId, Kept>();
  #measured: { readonly signed: Signed<Message>; readonly bytes: number } | undefined;

  readonly observer: SimulationObserver<Message> = {
    sent: (node, _to, signed) => {
      this.of(node).bytes += this.#bytesOf(signed);
    },
    lost: (from) => {
      this.of(from).lost += 1;
    },
    effect: (node, effect) => {
      if (effect.kind === "deliver") this.of(node).deliveries.push(effect.delivery);
      if (effect.kind === "accept") this.of(node).acceptances.push(effect.acceptance);
    },
  };

  of(node: NodeId): Kept {
    const known = this.#byNode.get(node);
    if (known !== undefined) return known;
    const kept = { deliveries: [], acceptances: [], earlierLives: noCounters, bytes: 0, lost: 0 };
    this.#byNode.set(node, kept);
    return kept;
  }

  /** Keeps what a life counted that ends now. */
  endLife(node: Node<Message>): void {
    this.of(node.id).earlierLives = this.counters(node);
  }

  counters(node: Node<Message>): CountersView {
    return addCounters(this.of(node.id).earlierLives, node.counters.toJSON());
  }

  /** Bytes are those of the JSON that would be posted. */
  transport(node: NodeId): TransportCounters {
    const { bytes, lost } = this.of(node);
    return { posts: 0, bytes, lost };
  }

  /** A broadcast is written once. */
  #bytesOf(signed: Signed<Message>): number {
    if (this.#measured?.signed !== signed) {
      this.#measured = { signed, bytes: Buffer.byteLength(JSON.stringify(signed)) };
    }
    return this.#measured.bytes;
  }
}
