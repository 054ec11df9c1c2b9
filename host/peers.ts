/** What a node asks other nodes, besides their messages: how busy they are, and what they logged. */

import { Pool } from "undici";
import type { NodeId } from "../core/ids.ts";

/** How long a peer may take to say something about itself. */
const patienceMs = 30_000;

/** GETs to the nodes of a cluster, on few connections. */
export class Peers {
  readonly #urlOf: (id: NodeId) => string | undefined;
  readonly #pools = new Map<string, Pool>();

  constructor(urlOf: (id: NodeId) => string | undefined) {
    this.#urlOf = urlOf;
  }

  /** The peer's answer; undefined when it is not there or does not answer with JSON. */
  async read<T>(id: NodeId, path: string): Promise<T | undefined> {
    const origin = this.#urlOf(id);
    if (origin === undefined) return undefined;
    try {
      const { statusCode, body } = await this.#poolOf(origin).request({ path, method: "GET" });
      const text = await body.text();
      return statusCode === 200 ? (JSON.parse(text) as T) : undefined;
    } catch {
      // Whoever is not there says nothing; its absence is what the caller shows.
      return undefined;
    }
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #poolOf(origin: string): Pool {
    const known = this.#pools.get(origin);
    if (known !== undefined) return known;
    const timeouts = { headersTimeout: patienceMs, bodyTimeout: patienceMs };
    const pool = new Pool(origin, { connections: 1, ...timeouts });
    this.#pools.set(origin, pool);
    return pool;
  }
}
