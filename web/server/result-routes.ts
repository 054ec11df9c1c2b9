/** Result folders: their names, their cells, and the report's charts of the cells that one chooses. */

import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Context, Hono } from "hono";
import { chartsOf } from "../../bench/charts/charts.ts";
import type { Chart } from "../../bench/charts/drawing.ts";
import type { RunTables } from "../../bench/charts/points.ts";
import { readTables } from "../../bench/report/run-data.ts";
import type { TextRow } from "../../bench/results/result-folder.ts";
import { UsageError } from "../../core/assert.ts";

const nameOfFolder = /^[\w][\w.-]*$/;

interface Drawn {
  /** All cells of the run, chosen or not. */
  readonly cells: readonly string[];
  readonly charts: readonly Chart[];
}

export function addResultRoutes(app: Hono, directory: string): void {
  const drawer = new Drawer(directory);
  app.get("/api/results", async (c) => {
    const entries = await readdir(directory).catch(() => []);
    const names = entries.filter((name) => folderOf(directory, name) !== undefined);
    return c.json({ results: names.sort().reverse() });
  });
  app.get("/api/results/:name", (c) =>
    answer(c, drawer, ({ cells, charts }) =>
      c.json({
        cells,
        charts: charts.map(({ name, title, description }) => ({ name, title, description })),
      }),
    ),
  );
  app.get("/api/results/:name/charts/:chart", (c) =>
    answer(c, drawer, ({ charts }) => {
      const chart = charts.find(({ name }) => `${name}.svg` === c.req.param("chart"));
      if (chart === undefined) return notFound(c, `there is no chart ${c.req.param("chart")}`);
      return c.body(chart.svg, 200, {
        "content-type": "image/svg+xml",
        "cache-control": "no-cache",
      });
    }),
  );
}

/** `?cell=A&cell=B` chooses; without it, all cells are drawn. */
async function answer(
  c: Context,
  drawer: Drawer,
  tell: (drawn: Drawn) => Response,
): Promise<Response> {
  const name = c.req.param("name") ?? "";
  try {
    const drawn = await drawer.draw(name, c.req.queries("cell") ?? []);
    return drawn === undefined ? notFound(c, `there is no result ${name}`) : tell(drawn);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return c.json({ error: { code: "usage", message: error.message } }, 400);
  }
}

const notFound = (c: Context, message: string): Response =>
  c.json({ error: { code: "not-found", message } }, 404);

function folderOf(directory: string, name: string): string | undefined {
  const folder = join(directory, name);
  return nameOfFolder.test(name) && existsSync(join(folder, "summary.csv")) ? folder : undefined;
}

/** A page asks for the list of its charts, and right after for each of them: they are drawn once. */
class Drawer {
  readonly #directory: string;
  #last: { readonly key: string; readonly drawn: Drawn } | undefined;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async draw(name: string, chosen: readonly string[]): Promise<Drawn | undefined> {
    const folder = folderOf(this.#directory, name);
    if (folder === undefined) return undefined;
    const { mtimeMs, size } = await stat(join(folder, "summary.csv"));
    const key = JSON.stringify([folder, mtimeMs, size, chosen]);
    if (this.#last?.key === key) return this.#last.drawn;
    const tables = readTables(folder);
    const cells = [...new Set(tables.summary.map(({ cell = "" }) => cell))];
    const charts = chartsOf(chosen.length === 0 ? tables : only(tables, new Set(chosen)));
    const drawn = { cells, charts };
    this.#last = { key, drawn };
    return drawn;
  }
}

/** The rows of these cells; what belongs to no cell, such as published figures, stays. */
function only(tables: RunTables, chosen: ReadonlySet<string>): RunTables {
  const kept = (rows: readonly TextRow[]) =>
    rows.filter(({ cell }) => cell === undefined || chosen.has(cell));
  return {
    summary: kept(tables.summary),
    requests: kept(tables.requests),
    messages: kept(tables.messages),
    timeline: kept(tables.timeline),
    trust: kept(tables.trust),
    knees: kept(tables.knees),
    published: tables.published,
  };
}
