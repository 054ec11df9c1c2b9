import { deepEqual, equal, ok } from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../test-support/browser.ts";
import { writeReport } from "./write-report.ts";

const root = join(import.meta.dirname, "../..");

let folder = "";
let stopBrowser: () => Promise<void>;
let context: BrowserContext;
let page: Page;
const requested: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
  cpSync(join(root, "results/reference"), join(folder, "reference"), { recursive: true });
  writeReport(join(folder, "reference"));
  const { browser, close } = await launchBrowser();
  stopBrowser = close;
  context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
  page = await context.newPage();
  page.on("request", (request) => requested.push(request.url()));
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.goto(pathToFileURL(join(folder, "reference/report.html")).href);
});
afterAll(async () => {
  await stopBrowser();
  rmSync(folder, { recursive: true });
});

test("a browser shows the report without complaint, and fetches nothing else for it", async () => {
  equal(
    await page.locator("h1").textContent(),
    "What does CCRO buy over PBFT, and what does it cost?",
  );
  equal(requested.length, 1);
  deepEqual(complaints, []);
  // UPDATE=1 draws the picture for the README again.
  if (process.env["UPDATE"] === "1") {
    await page.screenshot({ path: join(root, "docs/report.png") });
  }
});

test("charts are drawn: each has size, and its words stand within it", async () => {
  const charts = await page.locator("figure > svg").all();
  ok(charts.length >= 3);
  for (const chart of charts) {
    const box = await chart.boundingBox();
    ok(box !== null && box.width > 600 && box.height > 150);
    const outside = await chart.evaluate((svg) => {
      const frame = svg.getBoundingClientRect();
      return [...svg.querySelectorAll("text")]
        .filter((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          const { left: l, right: r, top: t, bottom: b } = frame;
          return left < l - 1 || right > r + 1 || top < t - 1 || bottom > b + 1;
        })
        .map((text) => String(text.textContent));
    });
    deepEqual(outside, []);
  }
});

test("it passes an accessibility check", async () => {
  const { violations, passes } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
  ok(passes.length > 20);
});

test("on a narrow screen tables scroll within themselves, and the page does not", async () => {
  await page.setViewportSize({ width: 400, height: 800 });
  const excess = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth");
  ok(Number(excess) <= 0, `${excess} px too wide`);
});

test("it prints", async () => {
  const pdf = await page.pdf({ preferCSSPageSize: true });
  ok(pdf.length > 20_000 && pdf.subarray(0, 5).toString() === "%PDF-");
});
