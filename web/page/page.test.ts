import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { chartsOf } from "../../bench/charts/charts.ts";
import { readSchedule } from "../../bench/hunt/schedule-file.ts";
import { replay } from "../../bench/hunt/story.ts";
import { readTables } from "../../bench/report/run-data.ts";
import { launchBrowser } from "../../bench/test-support/browser.ts";
import { ensurePage, pageDirectory } from "../server/page-files.ts";
import { type PageServer, servePage } from "../server/serve.ts";

const root = join(import.meta.dirname, "../..");

let server: PageServer;
let stopBrowser: () => Promise<void>;
let context: BrowserContext;
let page: Page;
const complaints: string[] = [];
const foreign: string[] = [];

beforeAll(async () => {
  await ensurePage();
  server = await servePage(0, join(root, "results"));
  const { browser, close } = await launchBrowser();
  stopBrowser = close;
  context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  page = await context.newPage();
  page.on("console", (message) => complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith("blob:"))
      foreign.push(request.url());
  });
}, 120_000);

afterAll(async () => {
  await stopBrowser();
  await server.close();
});

const button = (name: string) => page.getByRole("button", { name, exact: true });
const open = async (query = "") => {
  await page.goto(server.url + query);
  await page.getByRole("heading", { name: "Log" }).waitFor();
};
const now = async () => (await page.locator(".now").textContent()) ?? "";
const verdict = async () => (await page.locator(".verdict").textContent()) ?? "";

describe("set up", () => {
  test("a mistake is told at its field, and the last good run stays", async () => {
    await open();
    await page.getByRole("textbox", { name: "Nodes" }).fill("3.5");
    await page.getByLabel("What fails").fill("malicius@1");
    await button("Run").click();
    match(
      (await page.locator("#about-n").textContent()) ?? "",
      /n must be a whole number from 1 to 64/,
    );
    match((await page.locator("#about-faults").textContent()) ?? "", /no mode "malicius"/);
    equal(await page.getByLabel("What fails").getAttribute("aria-invalid"), "true");
    match(await verdict(), /Safety ok/);
  });

  test("the address is a link to the run", async () => {
    await open();
    await page.getByLabel("What fails").fill("malicious@r2");
    await page.getByLabel("Seed").fill("77");
    await button("Run").click();
    await open(`?${new URL(page.url()).searchParams}`);
    equal(await page.getByLabel("What fails").inputValue(), "malicious@r2");
    equal(await page.getByLabel("Seed").inputValue(), "77");
    equal(await page.getByRole("button", { name: /^r2, .*faulty: malicious/ }).count(), 1);
  });

  test("the preset of the bank runs its ten transfers", async () => {
    await open();
    await page
      .getByLabel("Begin with")
      .selectOption({ label: "The bank: fake client transactions" });
    match(await verdict(), /Safety ok, liveness ok, 10 decided/);
    match((await page.locator(".counters .note").textContent()) ?? "", /29 messages here.*= 31/);
  });
});

describe("time", () => {
  test("steps, jumps and plays, with the keyboard alone", async () => {
    await open("?faults=offline@commander");
    const begin = await now();
    await page.keyboard.press("ArrowRight");
    match(await now(), /^step 2 of/);
    await page.keyboard.press("ArrowLeft");
    equal(await now(), begin);
    await page.keyboard.press("v");
    match(await now(), /new view \(view 1\)/);
    await page.keyboard.press("d");
    match(await now(), /executes slot 1/);
    await page.keyboard.press("x");
    match((await page.locator(".notice").textContent()) ?? "", /nothing was violated/);
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    equal(await now(), begin);
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.locator(".now", { hasText: /^step (?!1 )/ }).waitFor();
    await button("Pause").click();
  });

  test("all panels keep to the step", async () => {
    await open();
    for (const key of ["p", "p", "p"]) await page.keyboard.press(key);
    match((await page.locator(".line.current").textContent()) ?? "", /prepare/);
    match((await page.locator(".counters p").first().textContent()) ?? "", /^5 messages/);
    equal(await page.locator(".graph .edge").count(), 1);
  });
});

describe("the diagram", () => {
  test("is drawn, with 31 nodes and their 1,892 messages too", async () => {
    await open("?n=31&operations=Ana+->+Bo+50");
    const label = (await page.locator("canvas").getAttribute("aria-label")) ?? "";
    match(label, /1892 messages between 32 participants/);
    await page.keyboard.press("End");
    await page.locator("canvas[data-drawn=true]").waitFor();
    const colors = await page.locator("canvas").evaluate((element) => {
      const canvas = element as unknown as {
        width: number;
        height: number;
        getContext(name: string): { getImageData(...box: number[]): { data: Uint8ClampedArray } };
      };
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const seen = new Set<number>();
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at + 3] ?? 0) > 200)
          seen.add(
            ((data[at] ?? 0) >> 4) * 256 +
              ((data[at + 1] ?? 0) >> 4) * 16 +
              ((data[at + 2] ?? 0) >> 4),
          );
      }
      return seen.size;
    });
    ok(colors > 20, `${colors} colours`);
  });

  test("an arrow that is clicked is told in full", async () => {
    await open("?operations=Ana+->+Bo+50");
    await page.keyboard.press("End");
    const box = await page.locator("canvas").boundingBox();
    ok(box !== null);
    let caption = "";
    for (let x = 120; x < 700 && !caption.includes("→"); x += 6) {
      await page.mouse.move(box.x + x, box.y + 150);
      caption = (await page.locator("figcaption").textContent()) ?? "";
    }
    match(caption, /→ .* sent/);
    await page.mouse.down();
    await page.mouse.up();
    const kind = caption.split(" ")[0] ?? "none";
    ok(((await page.locator(".detail p").textContent()) ?? "").startsWith(kind));
  });
});

describe("log, state and nodes", () => {
  test("the log filters, and tells a message as JSON with its signature", async () => {
    await open("?faults=bad-signature@r2");
    await page.getByLabel("Filter the log").fill("r2 prepare to r1");
    const line = page.locator(".line").first();
    match((await line.textContent()) ?? "", /r2 prepare to r1/);
    await line.click();
    match((await page.locator(".detail").textContent()) ?? "", /"kind": "prepare"/);
    match((await page.locator(".detail p").textContent()) ?? "", /bad signature/);
    await page.getByLabel("Which steps the log shows").selectOption("refused");
    await page.getByLabel("Filter the log").fill("");
    match(
      (await page.locator(".line").first().textContent()) ?? "",
      /refused prepare of r2: bad signature/,
    );
  });

  test("what differs between replicas stands out while it does", async () => {
    await open("?operations=Ana+->+Bo+50");
    equal(await page.locator("td.differs").count(), 0);
    await page.keyboard.press("d");
    ok((await page.locator("td.differs").count()) > 0);
    await page.keyboard.press("End");
    equal(await page.locator("td.differs").count(), 0);
    match((await page.locator("tr", { hasText: "Ana" }).textContent()) ?? "", /450450450450/);
  });

  test("the monitor's trust in each node of CCRO is told, and changes after a round", async () => {
    await open("?protocol=ccro&n=6&operations=Ana+->+Bo+50");
    for (const key of ["p", "p", "p"]) await page.keyboard.press(key);
    const r2 = page
      .getByRole("region", { name: "Trust, as m0 sees it" })
      .locator("tr", { hasText: /^r2/ });
    match((await r2.textContent()) ?? "", /^r25/);
    const before = await r2.textContent();
    await page.keyboard.press("End");
    notEqual(await r2.textContent(), before);
  });

  test("roles change with the view, and a node that is down says so", async () => {
    await open("?faults=crash@commander");
    equal(await page.getByRole("button", { name: /^r1, backup$/ }).count(), 1);
    await page.keyboard.press("End");
    equal(await page.getByRole("button", { name: /^r1, primary$/ }).count(), 1);
    equal(await page.getByRole("button", { name: /^r0, .*down/ }).count(), 1);
  });
});

describe("by hand", () => {
  test("a node is crashed from the keyboard, and comes back when it is taken back", async () => {
    await open("?operations=Ana+->+Bo+50");
    const node = page.getByRole("button", { name: /^r0, primary$/ });
    await node.focus();
    await page.keyboard.press("Enter");
    await button("crash").click();
    equal(await page.getByRole("button", { name: /^r0, .*down/ }).count(), 1);
    await page.keyboard.press("v");
    match(await now(), /new view \(view 1\)/);
    await button("Take back").click();
    equal(await page.getByRole("button", { name: /^r0, .*down/ }).count(), 0);
  });

  test("a message is dropped, a request sent, and the export is replayed to the same messages", async () => {
    await open("?operations=Ana+->+Bo+50");
    for (const key of ["p", "p"]) await page.keyboard.press(key);
    await button("drop").click();
    match((await page.locator(".events").textContent()) ?? "", /lose pre-prepare from r0 to r1/);
    await page.getByLabel("Request", { exact: true }).fill("Ana -> Elisa 7");
    await button("Send request").click();
    match(await verdict(), /2 decided/);
    const downloading = page.waitForEvent("download");
    await button("Export").click();
    const path = await (await downloading).path();
    const label = (await page.locator("canvas").getAttribute("aria-label")) ?? "";
    const replayed = replay(readSchedule(path));
    ok(label.includes(`: ${replayed.messages} messages`), `${label} ${replayed.messages}`);
    await open();
    await page.getByLabel("Open a schedule").setInputFiles(path);
    await page.locator(`canvas[aria-label*=": ${replayed.messages} messages"]`).waitFor();
  });

  test("a counterexample shows its violation, and a file that is none says why", async () => {
    await open();
    await page
      .getByLabel("Open a schedule")
      .setInputFiles(join(root, "ccro/counterexamples/S1.json"));
    await page.getByText("Safety violated").waitFor();
    await page.keyboard.press("x");
    match(await now(), /executes|accepts|completed/);
    await page.getByLabel("Open a schedule").setInputFiles(join(root, "package.json"));
    await page.getByText("the file's schedule must be an object").waitFor();
  });
});

describe("beside each other", () => {
  test("the tour goes through its six steps to the fork and its cure", async () => {
    await open();
    await button("Tour").click();
    await button("Begin").click();
    for (let stop = 2; stop <= 6; stop += 1) await button("Go on").click();
    match(await verdict(), /Safety violated/);
    match((await page.locator(".run h2").nth(1).textContent()) ?? "", /CCRO-safe .*: ok/);
    ok(await button("Go on").isDisabled());
  });

  test("counters of both run along", async () => {
    await open("?protocol=ccro&n=6&beside=pbft&operations=Ana+->+Bo+50");
    await page.keyboard.press("End");
    const counts = await page.locator(".counters p:first-child").allTextContents();
    match(counts[0] ?? "", /^28 messages/);
    match(counts[1] ?? "", /^67 messages/);
  });
});

test("results are drawn from a result folder, and cells can be left out", async () => {
  await open();
  await button("Results").click();
  await page.getByRole("combobox", { name: "Run" }).selectOption("reference");
  const charts = page.locator("img.chart");
  await charts.first().waitFor();
  const names = async () =>
    charts.evaluateAll((all) => all.map((one) => one.getAttribute("src") ?? ""));
  const own = chartsOf(readTables(join(root, "results/reference")));
  deepEqual(
    (await names()).map((source) => /charts\/(.*)\.svg/.exec(source)?.[1]),
    own.map(({ name }) => name),
  );
  const drawnWidth = await charts
    .first()
    .evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  ok(drawnWidth > 600, `${drawnWidth}`);
  const cell = page.locator(".cells input").first();
  await cell.uncheck();
  await page.locator('img.chart[src*="cell="]').first().waitFor();
  await button("none").click();
  await page.getByText("No cell is chosen.").waitFor();
  equal(await charts.count(), 0);
});

test("a live cluster over HTTP is watched, asked and broken", async () => {
  // On a busy machine, a new view must have time to begin.
  await open("?timeout=5000");
  await button("Live").click();
  await button("Start").click();
  await page.getByText("http://127.0.0.1:").first().waitFor();
  await page.getByLabel("Request to the live cluster").fill("A -> B 3");
  await page.locator(".live").getByRole("button", { name: "Send request" }).click();
  await page.getByText('"outcome":"committed"').waitFor();
  await page.locator("tr", { hasText: /^A7777$/ }).waitFor();
  for (const node of ["r1", "r2"]) await button(`view change ${node}`).click();
  await page.locator("tr", { hasText: /^view1111$/ }).waitFor();
  await button("crash r3").click();
  await page.locator(".now", { hasText: "crashes" }).waitFor();
  await button("Stop").click();
}, 60_000);

test("a script tag in a request is text, wherever it shows", async () => {
  const script = "<img src=x onerror=alert(1)><script>document.title='pwned'</script>";
  await open(`?service=echo&operations=${encodeURIComponent(script)}`);
  await page.keyboard.press("d");
  match(await now(), /<script>document\.title/);
  equal(await page.title(), "quorumlab: watch consensus happen");
  equal(await page.locator("main img, main script").count(), 0);
});

test("the page weighs less than 400 KB, compressed", () => {
  const files = readdirSync(pageDirectory, { recursive: true, withFileTypes: true });
  const bytes = files
    .filter((file) => file.isFile())
    .map((file) => gzipSync(readFileSync(join(file.parentPath, file.name))).length);
  ok(bytes.length >= 4);
  ok(bytes.reduce((sum, count) => sum + count, 0) < 400_000);
});

test("nothing was fetched from elsewhere, and the browser had nothing to complain of", () => {
  deepEqual(foreign, []);
  deepEqual(complaints, []);
});

// UPDATE=1 draws the pictures for the README again.
const pictures = [
  ["light-1280", 1280, "light", "?faults=offline@commander&operations=Ana+->+Bo+50", ["v", "d"]],
  [
    "dark-1280",
    1280,
    "dark",
    "?protocol=ccro&n=6&beside=pbft&operations=Ana+->+Bo+50",
    ["p", "p", "p", "p"],
  ],
  ["light-390", 390, "light", "?faults=malicious@r2", ["d"]],
  ["dark-390", 390, "dark", "?faults=malicious@r2", ["d"]],
] as const;

for (const [name, width, colorScheme, query, keys] of pictures) {
  test(`the time bar and the diagram are in sight: ${name}`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 900 });
    await open(query);
    for (const key of keys) await page.keyboard.press(key);
    for (const part of [page.locator("canvas").first(), button("Next ›")]) {
      const box = await part.boundingBox();
      ok(box !== null && box.y >= 0 && box.y + box.height <= 900 && box.x + box.width <= width);
    }
    if (process.env["UPDATE"] === "1") {
      await page.screenshot({ path: join(root, `docs/watch-${name}.png`) });
    }
    await page.setViewportSize({ width: 1280, height: 900 });
  });
}

// The check looks at the page from inside, by a script that the policy refuses: so it comes last.
describe("everybody can use it", () => {
  for (const scheme of ["light", "dark"] as const) {
    for (const tab of ["Set up", "Results"]) {
      test(`axe finds nothing in ${tab}, ${scheme}`, async () => {
        await page.emulateMedia({ colorScheme: scheme });
        await open("?faults=malicious@r2&beside=ccro&n=6");
        await page.keyboard.press("d");
        await button(tab).click();
        if (tab === "Results") await page.locator("img.chart").first().waitFor();
        const { violations } = await new AxeBuilder({ page }).analyze();
        deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
          [],
        );
      });
    }
  }

  test("at 390 pixels nothing is wider than the screen", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await open("?n=10");
    const excess = await page
      .locator("html")
      .evaluate((html) => html.scrollWidth - html.clientWidth);
    await page.setViewportSize({ width: 1280, height: 900 });
    equal(excess, 0);
  });
});
