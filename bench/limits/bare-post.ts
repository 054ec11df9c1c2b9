/** Bare HTTP posts, nothing around them: the measure of what messages over HTTP cost at least. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { type Dispatcher, Pool } from "undici";

/** Posts to each server that are on their way at the same time. */
export type Wave = readonly number[];

/** Waves that follow each other: each is answered before the next leaves. */
export type Traffic = readonly Wave[];

/** The best that there is: what arrives together is read together. */
export const oneConnection: Traffic = [[200]];

/** One post, and then the next. */
export const oneByOne: Traffic = [[1]];

/**
 * The posts of a quiet PBFT round of n (OSDI'99 §4.2), phase by phase: what asks the first node for it,
 * request, pre-prepare, prepare, commit, reply.
 */
export function asInARound(n: number): Traffic {
  const toPrimary = (posts: number, others: number): Wave => [
    posts,
    ...Array.from({ length: n - 1 }, () => others),
  ];
  return [
    toPrimary(1, 0),
    toPrimary(1, 0),
    toPrimary(0, 1),
    toPrimary(n - 1, n - 2),
    toPrimary(n - 1, n - 1),
    toPrimary(n, 0),
  ];
}

export interface BarePosts {
  /** Posts this body at least so many times, the traffic over and over; the answer is how many times. */
  post(body: Buffer, count: number): Promise<number>;
  close(): Promise<void>;
}

// As the nodes do it: one connection to a receiver, with ten posts on the way.
const pipelining = 10;
const accepted = 202;

/** Hono servers that read the body and answer 202, and for each a pool that posts to it. */
export async function startBarePosts(traffic: Traffic): Promise<BarePosts> {
  const servers = Math.max(...traffic.map((wave) => wave.length));
  const open = await Promise.all(Array.from({ length: servers }, startServer));
  const postsInAll = traffic.flat().reduce((sum, posts) => sum + posts, 0);
  return {
    async post(body, count) {
      let done = 0;
      for (; done < count; done += postsInAll) {
        for (const wave of traffic) {
          await Promise.all(open.map(({ pool }, index) => postAll(pool, body, wave[index] ?? 0)));
        }
      }
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
  if (count === 0) return Promise.resolve();
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
