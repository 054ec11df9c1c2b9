import { deepEqual, equal, match, ok } from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "vitest";
import { chartsOf } from "../../bench/charts/charts.ts";
import { readTables } from "../../bench/report/run-data.ts";
import { UsageError } from "../../core/assert.ts";
import { createPageApp } from "./app.ts";
import type { LiveStage } from "./live-routes.ts";
import { pageDirectoryFor } from "./page-files.ts";

const stage: LiveStage = {
  start: async ({ protocol }) => {
    throw new UsageError(`there is no protocol ${protocol}`);
  },
  stop: async () => {},
  watch: () => {},
  request: async (operation) => operation,
  control: async (node, act) => `${node} ${act}`,
};
const root = join(import.meta.dirname, "../..");
const app = createPageApp({
  directory: join(root, "docs"),
  results: join(root, "results"),
  live: stage,
});

const get = (path: string, host = "127.0.0.1:4777") =>
  app.request(`http://${host}${path}`, { headers: { host } });
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  app.request(`http://127.0.0.1:4777${path}`, {
    method: "POST",
    headers: { host: "127.0.0.1:4777", "content-type": "application/json", ...headers },
    body,
  });

describe("who is refused", () => {
  for (const host of [
    "evil.example",
    "127.0.0.1.evil.example:4777",
    "192.168.0.7:4777",
    "localhost.evil",
  ]) {
    test(`a request to ${host}`, async () => equal((await get("/api/results", host)).status, 421));
  }
  for (const host of ["127.0.0.1:4777", "localhost:4777", "[::1]:4777"]) {
    test(`not a request to ${host}`, async () =>
      equal((await get("/api/results", host)).status, 200));
  }

  const posts: readonly (readonly [string, Record<string, string>, number])[] = [
    ["from another origin", { origin: "http://evil.example" }, 403],
    ["from another port of this machine", { origin: "http://127.0.0.1:9999" }, 403],
    ["that a browser calls cross-site", { "sec-fetch-site": "cross-site" }, 403],
    ["of a form", { "content-type": "application/x-www-form-urlencoded" }, 403],
    ["of plain text", { "content-type": "text/plain" }, 403],
    [
      "from the page itself",
      { origin: "http://127.0.0.1:4777", "sec-fetch-site": "same-origin" },
      200,
    ],
  ];
  for (const [what, headers, status] of posts) {
    test(`a post ${what} gets ${status}`, async () => {
      equal((await post("/api/live/request", '{"operation":"x"}', headers)).status, status);
    });
  }

  test("other methods", async () => {
    const answer = await app.request("http://127.0.0.1/", {
      method: "PUT",
      headers: { host: "127.0.0.1" },
    });
    equal(answer.status, 405);
  });
});

test("the page lies in one place, seen from the sources and from the compiled package", () => {
  equal(pageDirectoryFor("/package/web/server", true), "/package/dist/page");
  equal(pageDirectoryFor("/package/dist/web/server", false), "/package/dist/page");
});

describe("what is answered", () => {
  test("nothing outside of the page's folder and the result folders", async () => {
    for (const path of [
      "/..%2fpackage.json",
      "/%2e%2e/package.json",
      "/api/results/..%2f..",
      "/README.md",
    ]) {
      equal((await get(path)).status, 404, path);
    }
  });

  test("the charts of the report, byte for byte, of all cells or of those that are chosen", async () => {
    const own = chartsOf(readTables(join(root, "results/reference")));
    const told = (await (await get("/api/results/reference")).json()) as {
      readonly cells: readonly string[];
      readonly charts: readonly { readonly name: string }[];
    };
    deepEqual(
      told.charts.map(({ name }) => name),
      own.map(({ name }) => name),
    );
    const [chart] = own;
    const path = `/api/results/reference/charts/${chart?.name}.svg`;
    const whole = await get(path);
    equal(await whole.text(), chart?.svg);
    equal(whole.headers.get("content-type"), "image/svg+xml");
    const cell = encodeURIComponent(told.cells[0] ?? "");
    const one = (await (await get(`/api/results/reference?cell=${cell}`)).json()) as typeof told;
    deepEqual(one.cells, told.cells);
    ok(one.charts.length <= told.charts.length);
    equal((await get("/api/results/reference/charts/none.svg")).status, 404);
    equal((await get("/api/results/none")).status, 404);
  });

  test("a strict policy with everything", async () => {
    const answer = await get("/api/results");
    match(
      answer.headers.get("content-security-policy") ?? "",
      /^default-src 'none'; script-src 'self'; /,
    );
    equal(answer.headers.get("x-content-type-options"), "nosniff");
  });

  const bodies = [
    ["[]", 400],
    ["null", 400],
    ['{"operation":5}', 400],
    ["{", 400],
    [JSON.stringify({ operation: "x".repeat(30_000) }), 400],
  ] as const;
  for (const [body, status] of bodies) {
    test(`a body ${body.slice(0, 20)} gets ${status}`, async () => {
      equal((await post("/api/live/request", body)).status, status);
    });
  }

  test("a wrong wish is told in one sentence", async () => {
    const answer = await post("/api/live/start", '{"protocol":"raft"}');
    equal(answer.status, 400);
    match(await answer.text(), /there is no protocol raft/);
  });
});
