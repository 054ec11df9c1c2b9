/** Result folders, to be drawn: their names, and the table of one. Nothing else of the disk is read. */

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Hono } from "hono";

const nameOfFolder = /^[\w][\w.-]*$/;

export function addResultRoutes(app: Hono, directory: string): void {
  app.get("/api/results", async (c) => {
    const entries = await readdir(directory).catch(() => []);
    const names = await Promise.all(
      entries.map(async (name) => ((await summary(directory, name)) === undefined ? [] : [name])),
    );
    return c.json({ results: names.flat().sort().reverse() });
  });
  app.get("/api/results/:name", async (c) => {
    const name = c.req.param("name");
    const text = await summary(directory, name);
    return text === undefined
      ? c.json({ error: { code: "not-found", message: `there is no result ${name}` } }, 404)
      : c.text(text, 200, { "content-type": "text/csv; charset=utf-8" });
  });
}

async function summary(directory: string, name: string): Promise<string | undefined> {
  if (!nameOfFolder.test(name)) return undefined;
  return readFile(join(directory, name, "summary.csv"), "utf8").catch(() => undefined);
}
