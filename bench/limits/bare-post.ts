/** Bare HTTP posts, nothing around them: the measure of what messages over HTTP cost at least. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type Dispatcher, Pool } from "undici";

/** Posts that are on their way at the same time. */
export interface Traffic {
  readonly servers: number;
  readonly postsToEach: number;
}

/** The best that there is: what arrives together is read together. */
export const oneConnection: Traffic = { servers: 1, postsToEach: 200 };

/** A phase of a round: everybody posts to everybody else. */
export const allToAll = (n: number): Traffic => ({ servers: n, postsToEach: n - 1 });

export interface BarePosts {
  /** Posts this body at least so many times, in waves of the traffic; the answer is how many times. */
  post(body: Buffer, count: number): Promise<number>;
  close(): Promise<void>;
}

// As the nodes do it: one connection to a receiver, with ten posts on the way.
const pipelining = 10;
const accepted = 202;

/** Hono servers that read the body and answer 202, and for each a pool that posts to it. */
export async function startBarePosts({ servers, postsToEach }: Traffic): Promise<BarePosts> {
  const open = await Promise.all(Array.from({ length: servers }, startServer));
  const postWave = (body: Buffer) =>
    Promise.all(open.map(({ pool }) => postAll(pool, body, postsToEach)));
  return {
    async post(body, count) {
      let done = 0;
      for (; done < count; done += servers * postsToEach) await postWave(body);
      return done;
    },
    async close() {
      await Promise.all(open.map((server) => server.close()));
    },
  };
}

async function startServer() {
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
  const close = async () => {
    await pool.destroy();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { pool, close };
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
