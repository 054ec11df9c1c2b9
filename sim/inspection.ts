/** All inspectors of a protocol at one run: who is told what, and who is no longer judged. */

import type { NodeId } from "../core/ids.ts";
import type { Inspected, Inspector, Violation } from "../core/inspector.ts";
import type { Effect, Input } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { createCertificateSoundness } from "./judges/certificate-soundness.ts";

export class Inspection<M extends Message> {
  readonly #inspectors: readonly Inspector<M>[];
  /** Becomes smaller: whoever lost its disk does not know what it promised, and is one of the f. */
  readonly #honest: Set<NodeId>;
  readonly #wrote = new Set<NodeId>();

  constructor(protocol: Protocol<M>, cluster: Inspected) {
    this.#honest = new Set(cluster.honest);
    const inspected = { ...cluster, honest: this.#honest };
    this.#inspectors = [
      createCertificateSoundness(protocol, inspected),
      ...(protocol.createInspectors?.(inspected) ?? []),
    ];
  }

  stepped(node: NodeId, input: Input<M>, effects: readonly Effect<M>[]): readonly Violation[] {
    if (input.kind === "start" && input.records.length === 0 && this.#wrote.has(node)) {
      this.#honest.delete(node);
    }
    if (effects.some(({ kind }) => kind === "persist")) this.#wrote.add(node);
    if (!this.#honest.has(node)) return [];
    return this.#inspectors.flatMap((each) => each.stepped?.(node, input, effects) ?? []);
  }

  /** What a node passes on for others is not its own word. */
  sent(node: NodeId, { from, message }: Signed<M>): readonly Violation[] {
    if (from !== node || !this.#honest.has(node)) return [];
    return this.#inspectors.flatMap((each) => each.sent?.(node, message) ?? []);
  }
}
