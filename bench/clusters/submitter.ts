/** Posts operations to the node where requests enter a cluster, and reads what became of them. */

import { Pool } from "undici";
import { canonical, type Json } from "../../core/encoding.ts";
import type { Digest, Millis, NodeId } from "../../core/ids.ts";
import type { Outcome } from "../cluster.ts";
import { failedOutcome } from "./outcome.ts";

// A cluster of hundreds of nodes shares 1024 descriptors with these.
const mostConnections = 256;
// The node gives up first, so that its reason is heard.
const graceMs = 10_000;

export class Submitter {
  readonly #clients: readonly NodeId[];
  readonly #pool: Pool;

  constructor(url: string, clients: readonly NodeId[]) {
    this.#clients = clients;
    const connections = Math.max(1, Math.min(clients.length, mostConnections));
    this.#pool = new Pool(url, { connections });
  }

  /** Runs the operation on the client of this index. */
  async submit(client: number, operation: Json, patienceMs: Millis): Promise<Outcome> {
    const id = this.#clients[client];
    if (id === undefined) return failedOutcome("refused", `c${client}`, 0, "no such client");
    const patience = Math.ceil(patienceMs);
    const startMs = performance.now();
    try {
      const { statusCode, body } = await this.#pool.request({
        path: `/preprepare?counts=no&lane=${client}&patienceMs=${patience}`,
        method: "POST",
        headers: ["content-type", "application/json"],
        body: `{"data":${canonical(operation)}}`,
        headersTimeout: patience + graceMs,
      });
      const text = await body.text();
      return outcomeIn(text, statusCode, id, performance.now() - startMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return failedOutcome("timeout", id, performance.now() - startMs, reason);
    }
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

const committed = 200;
const notAccepted = 504;

/** What a node answers to `/preprepare`. */
interface Answer {
  readonly client: NodeId;
  readonly timestamp?: number;
  readonly consensusTimeMs: Millis;
  readonly view: number;
  readonly sequence: number;
  readonly digest?: Digest;
  readonly result: Json;
}

interface Refusal {
  readonly error: {
    readonly message: string;
    readonly timestamp?: number;
    readonly digest?: Digest;
  };
}

function outcomeIn(text: string, status: number, client: NodeId, latencyMs: Millis): Outcome {
  if (status !== committed) {
    const { error } = JSON.parse(text) as Refusal;
    const outcome = status === notAccepted ? "timeout" : "refused";
    const { timestamp, digest: request } = error;
    return { ...failedOutcome(outcome, client, latencyMs, error.message), timestamp, request };
  }
  const answer = JSON.parse(text) as Answer;
  return {
    outcome: "committed",
    latencyMs,
    consensusTimeMs: answer.consensusTimeMs,
    client: answer.client,
    timestamp: answer.timestamp,
    request: answer.digest,
    view: answer.view,
    slot: answer.sequence,
    result: canonical(answer.result),
  };
}
