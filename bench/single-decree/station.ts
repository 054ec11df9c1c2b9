/** Nodes of a decree behind HTTP servers of this process: all of them, or the one that lives here. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { Acceptance, Mark } from "../../core/machine.ts";
import type { HostEvent } from "../../host/event-hub.ts";
import { Host } from "../../host/host.ts";
import { HostedNode } from "../../host/hosted-node.ts";
import { WallClock } from "../../host/time.ts";
import { numberOf } from "./deployment.ts";
import type { Tell } from "./event.ts";
import { hostingOf } from "./hosting.ts";
import type { Address, DecreePlan } from "./plan.ts";

const anyAddress: Address = { host: "127.0.0.1", port: 0 };

export class Station {
  readonly #plan: DecreePlan;
  readonly #tell: Tell;
  readonly #time = new WallClock();
  readonly #host: Host;
  readonly #nodes = new Map<NodeId, HostedNode>();

  constructor(plan: DecreePlan, firstTimestamp: number, tell: Tell) {
    this.#plan = plan;
    this.#tell = tell;
    this.#host = new Host(
      hostingOf(plan, {
        time: this.#time,
        firstTimestamp,
        // Not inside of its own step.
        onCrash: (id) => queueMicrotask(() => this.#nodes.get(id)?.crash(false)),
      }),
    );
  }

  /** Opens the server of a node; the answer is where it listens. */
  async listen(id: NodeId): Promise<string> {
    const node = new HostedNode(this.#host, id);
    this.#nodes.set(id, node);
    node.events.watch((event) => this.#onEvent(event));
    const { host, port } = this.#plan.addresses?.[numberOf(this.#plan, id)] ?? anyAddress;
    return node.listen(port, host);
  }

  /** Everybody's life begins, once it is known where all of them listen. */
  start(urls: Iterable<readonly [NodeId, string]>, atMs?: Millis): void {
    this.#host.locate(urls);
    this.#time.start(atMs);
    for (const node of this.#nodes.values()) node.start();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((node) => node.close()));
    await this.#host.close();
  }

  #onEvent({ name, node, atMs, detail }: HostEvent): void {
    if (name === "crash") this.#tell({ kind: "crash", node, atMs });
    if (name === "mark") {
      this.#tell({ kind: "mark", node, atMs, ...(detail as { readonly mark: Mark }) });
    }
    if (name === "accept") {
      const { acceptance } = detail as { readonly acceptance: Acceptance };
      this.#tell({ kind: "accept", node, atMs, acceptance });
    }
  }
}
