/** Server-sent events for a page or curl. A watcher that is too slow misses some, and is told how many. */

import type { Hono } from "hono";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import type { HostEvent } from "./event-hub.ts";
import type { Env, Site } from "./site.ts";

// Events that wait for one slow watcher.
const mostWaiting = 10_000;

export function addEventRoutes(app: Hono<Env>, site: Site): void {
  app.get("/events", (c) =>
    streamSSE(c, async (stream) => {
      const queue = new EventQueue();
      const stop = site.events.watch((event) => queue.put(event));
      stream.onAbort(() => {
        stop();
        queue.close();
      });
      await stream.write(": what happens at this node, as it happens\n\n");
      for (let event = await queue.next(); event !== undefined; event = await queue.next()) {
        await write(stream, event, queue.takeMissed());
      }
    }),
  );
}

async function write(stream: SSEStreamingApi, event: HostEvent, missed: number): Promise<void> {
  if (missed > 0) await stream.writeSSE({ event: "missed", data: JSON.stringify({ missed }) });
  const { name, node, atMs, detail } = event;
  await stream.writeSSE({ event: name, data: JSON.stringify({ node, atMs, detail }) });
}

class EventQueue {
  readonly #events: HostEvent[] = [];
  #missed = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  put(event: HostEvent): void {
    if (this.#events.length >= mostWaiting) this.#missed += 1;
    else this.#events.push(event);
    this.#wake?.();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Waits for one; undefined at the end. */
  async next(): Promise<HostEvent | undefined> {
    while (this.#events.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#isClosed ? undefined : this.#events.shift();
  }

  takeMissed(): number {
    const missed = this.#missed;
    this.#missed = 0;
    return missed;
  }
}
