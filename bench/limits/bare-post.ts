/** A bare HTTP post, nothing around it: the measure of what a message over HTTP costs at least. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type Dispatcher, Pool } from "undici";

export interface BarePosts {
  /** Posts this body so many times, as many at once as the connection takes, and waits for all. */
  post(body: Buffer, count: number): Promise<void>;
  close(): Promise<void>;
}

// As the nodes do it: one connection to a receiver, with ten posts on the way.
const pipelining = 10;
const accepted = 202;

/** A hono server that reads the body and answers 202, and a pool that posts to it. */
export async function startBarePosts(): Promise<BarePosts> {
  const app = new Hono();
  app.post("/messages", async (c) => {
    await c.req.arrayBuffer();
    return c.body(null, accepted);
  });
  const listener = getRequestListener(app.fetch);
  const server = createServer({ noDelay: true }, (incoming, outgoing) => {
    void listener(incoming, outgoing);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1, pipelining });
  return {
    post: (body, count) => postAll(pool, body, count),
    async close() {
      await pool.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function postAll(pool: Pool, body: Buffer, count: number): Promise<void> {
  const request: Dispatcher.DispatchOptions = {
    path: "/messages",
    method: "POST",
    body,
    headers: ["content-type", "application/json"],
    idempotent: true,
    blocking: false,
  };
  return new Promise((resolve, reject) => {
    let left = count;
    const onAnswered = () => {
      left -= 1;
      if (left === 0) resolve();
    };
    for (let sent = 0; sent < count; sent += 1) {
      pool.dispatch(request, new BarePost(onAnswered, reject));
    }
  });
}

class BarePost implements Dispatcher.DispatchHandler {
  readonly #answered: () => void;
  readonly #failed: (error: Error) => void;
  #status = 0;

  constructor(answered: () => void, failed: (error: Error) => void) {
    this.#answered = answered;
    this.#failed = failed;
  }

  onConnect(): void {}

  onHeaders(status: number): boolean {
    this.#status = status;
    return true;
  }

  onData(): boolean {
    return true;
  }

  onComplete(): void {
    if (this.#status === accepted) this.#answered();
    else this.#failed(new Error(`a bare post was answered with ${this.#status}`));
  }

  onError(error: Error): void {
    this.#failed(error);
  }
}
