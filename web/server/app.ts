/** The page's server: the built page, result folders to read, and a live cluster to watch. */

import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { guard } from "./guard.ts";
import { addLiveRoutes, type LiveStage } from "./live-routes.ts";
import { addResultRoutes } from "./result-routes.ts";

export interface PageOptions {
  /** Where the built page lies. */
  readonly directory: string;
  /** Where the result folders lie. */
  readonly results: string;
  readonly live: LiveStage;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

export function createPageApp({ directory, results, live }: PageOptions): Hono {
  const app = new Hono();
  app.use(guard);
  addLiveRoutes(app, live);
  app.use(compress());
  addResultRoutes(app, results);
  app.get("/*", async (c) => {
    const path = c.req.path === "/" ? "index.html" : normalize(c.req.path).replace(/^\/+/, "");
    const type = types[extname(path)];
    const file = type === undefined ? undefined : await contents(join(directory, path));
    if (file === undefined || type === undefined || path.startsWith("..")) {
      return c.json({ error: { code: "not-found", message: `there is no ${c.req.path}` } }, 404);
    }
    // Names of scripts and styles change with what is in them.
    const isLasting = path.startsWith("assets/");
    return c.body(new Uint8Array(file), 200, {
      "content-type": type,
      "cache-control": isLasting ? "max-age=31536000, immutable" : "no-cache",
    });
  });
  app.onError((error, c) => c.json({ error: { code: "failed", message: error.message } }, 500));
  return app;
}

async function contents(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch {
    return undefined;
  }
}
