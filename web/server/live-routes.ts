/** A live cluster for the page: start it, watch it, ask it, break it. One at a time. */

import type { Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { UsageError } from "../../core/assert.ts";

/** What happened at a node, as `/events` tells it. */
export interface LiveEvent {
  readonly name: string;
  /** JSON. */
  readonly data: string;
}

export interface LiveStart {
  readonly protocol: string;
  readonly n: number;
  readonly members: readonly { readonly id: string; readonly role: string; readonly url: string }[];
}

/** Who runs the cluster; UsageErrors say what is wrong with a wish. */
export interface LiveStage {
  start(setup: Readonly<Record<string, string>>): Promise<LiveStart>;
  stop(): Promise<void>;
  /** Until the signal says so. */
  watch(signal: AbortSignal, tell: (events: readonly LiveEvent[]) => void): void;
  request(operation: string): Promise<string>;
  control(node: string, act: string): Promise<string>;
}

// A setting is a line or a few of text.
const longestField = 20_000;

export function addLiveRoutes(app: Hono, stage: LiveStage): void {
  const post = (path: string, act: (fields: Readonly<Record<string, string>>) => Promise<object>) =>
    app.post(path, async (c) => {
      const fields = await readFields(c);
      if (fields === undefined) {
        const message = "the body must be an object of texts";
        return c.json({ error: { code: "bad-body", message } }, 400);
      }
      try {
        return c.json(await act(fields));
      } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        return c.json({ error: { code: "usage", message: error.message } }, 400);
      }
    });
  post("/api/live/start", (fields) => stage.start(fields));
  post("/api/live/stop", async () => {
    await stage.stop();
    return { isStopped: true };
  });
  post("/api/live/request", async ({ operation = "" }) => ({
    outcome: await stage.request(operation),
  }));
  post("/api/live/control", async ({ node = "", act = "" }) => ({
    outcome: await stage.control(node, act),
  }));
  app.get("/api/live/events", (c) =>
    streamSSE(c, async (stream) => {
      const ended = new AbortController();
      stream.onAbort(() => ended.abort());
      let writing: Promise<unknown> = stream.write(": what happens, as it happens\n\n");
      stage.watch(ended.signal, (events) => {
        const text = events.map(({ name, data }) => `event: ${name}\ndata: ${data}\n\n`).join("");
        writing = writing.then(() => stream.write(text));
      });
      await new Promise((resolve) => {
        ended.signal.addEventListener("abort", resolve);
      });
    }),
  );
}

async function readFields(c: Context): Promise<Readonly<Record<string, string>> | undefined> {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const fields = Object.entries(body);
  const areTexts = fields.every(
    ([, value]) => typeof value === "string" && value.length <= longestField,
  );
  return areTexts ? Object.fromEntries(fields) : undefined;
}
