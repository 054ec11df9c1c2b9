/** How a run of crashes talks to its nodes: writes at any of them, and a look at their state. */

import type { Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Status } from "../../core/machine.ts";
import { Peers } from "../../host/peers.ts";
import type { ClusterMember, Outcome } from "../cluster.ts";
import { failedOutcome } from "../clusters/outcome.ts";
import { Submitter } from "../clusters/submitter.ts";

export class Contact {
  readonly #submitters: ReadonlyMap<NodeId, Submitter>;
  readonly #peers: Peers;

  constructor(members: readonly ClusterMember[], clientsAt: (node: NodeId) => readonly NodeId[]) {
    const urls = new Map(members.map(({ id, url = "" }) => [id, url]));
    this.#submitters = new Map(
      [...urls].map(([id, url]) => [id, new Submitter(url, clientsAt(id))]),
    );
    this.#peers = new Peers((id) => urls.get(id));
  }

  async submit(node: NodeId, lane: number, operation: Json, patienceMs: number): Promise<Outcome> {
    const submitter = this.#submitters.get(node);
    return (
      (await submitter?.submit(lane, operation, patienceMs)) ??
      failedOutcome("refused", "", 0, `there is no ${node}`)
    );
  }

  /** Undefined while it is down. */
  status(node: NodeId): Promise<Status | undefined> {
    return this.#peers.read<Status>(node, "/status");
  }

  async close(): Promise<void> {
    await Promise.all([...this.#submitters.values()].map((submitter) => submitter.close()));
    await this.#peers.close();
  }
}
