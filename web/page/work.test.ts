/**
 * How much the page does for a step, counted, not timed: so much, however long the run is. The diagram
 * draws a bit in each frame, the log holds what is in sight, and panels change what has changed.
 */

import { ok } from "node:assert/strict";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, test } from "vitest";
import { launchBrowser } from "../../bench/test-support/browser.ts";
import { ensurePage } from "../server/page-files.ts";
import { type PageServer, servePage } from "../server/serve.ts";

let server: PageServer;
let stopBrowser: () => Promise<void>;
let page: Page;

interface Work {
  readonly mutations: number;
  readonly strokes: number;
  /** Of all that was stroked and filled, and of paths that were made. */
  readonly points: number;
  readonly elements: number;
}

// Runs in the page before its own scripts: counts what is drawn, and what changes in the document.
const counting = `
  globalThis.work = { mutations: 0, strokes: 0, points: 0 };
  const pen = CanvasRenderingContext2D.prototype;
  const path = Path2D.prototype;
  const before = (object, name, count) => {
    const own = object[name];
    object[name] = function (...some) { count(this, ...some); return own.apply(this, some); };
  };
  const pointsOf = new WeakMap();
  const add = (one, points) => pointsOf.set(one, (pointsOf.get(one) ?? 0) + points);
  for (const name of ["moveTo", "lineTo", "arc", "rect"]) {
    before(path, name, (one) => { add(one, 1); work.points += 1; });
  }
  before(path, "addPath", (one, other) => add(one, pointsOf.get(other) ?? 0));
  for (const name of ["stroke", "fill", "drawImage", "fillText", "fillRect"]) {
    before(pen, name, (_, what) => { work.strokes += 1; work.points += pointsOf.get(what) ?? 1; });
  }
  new MutationObserver((all) => { work.mutations += all.length; })
    .observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
`;

beforeAll(async () => {
  await ensurePage();
  server = await servePage(0, "results");
  const { browser, close } = await launchBrowser();
  stopBrowser = close;
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.addInitScript(counting);
}, 120_000);

afterAll(async () => {
  await stopBrowser();
  await server.close();
});

/** A run of 1,892 messages for each request. */
async function open(requests: number): Promise<void> {
  const operations = Array.from({ length: requests }, (_, index) => `Ana -> Bo ${index + 1}`);
  await page.goto(
    `${server.url}?${new URLSearchParams({ n: "31", operations: operations.join("\n") })}`,
  );
  await page
    .locator(`canvas[aria-label*="${requests * 1892} messages"][data-drawn=true]`)
    .waitFor();
}

/** The most work of any of so many goes of an act. */
async function workOf(act: string, times: number): Promise<Work> {
  const done: unknown = await page.evaluate(`(async () => {
    const canvas = document.querySelector("canvas");
    const press = (key) => dispatchEvent(new KeyboardEvent("keydown", { key }));
    const wheel = (more) => canvas.dispatchEvent(new WheelEvent("wheel", { cancelable: true, ...more }));
    const most = { mutations: 0, strokes: 0, points: 0, elements: 0 };
    const rest = async () => {
      // What follows from a key is drawn two frames later at the latest.
      for (let frame = 0; frame < 3; frame += 1) {
        await new Promise((resolve) => requestAnimationFrame(resolve));
      }
      await new Promise((resolve) => setTimeout(resolve));
    };
    for (let go = 0; go < ${times}; go += 1) {
      await rest();
      Object.assign(work, { mutations: 0, strokes: 0, points: 0 });
      ${act};
      await rest();
      work.elements = document.getElementsByTagName("*").length;
      for (const what of Object.keys(most)) most[what] = Math.max(most[what], work[what]);
    }
    return most;
  })()`);
  return done as Work;
}

/** In three frames, at most. All of 11,352 messages are 22,704 points. */
const bounds: Work = { mutations: 300, strokes: 150, points: 8000, elements: 1400 };
for (const requests of [1, 6]) {
  describe(`in a run of ${requests * 1892} messages`, () => {
    beforeAll(() => open(requests));

    for (const [what, begin, act, points] of [
      ["a step", "Home", 'press("ArrowRight")', 100],
      ["a step back from the end", "End", 'press("ArrowLeft")', 100],
      // It may lead out of what is in sight.
      ["a jump to the next phase", "Home", 'press("p")', bounds.points],
    ] as const) {
      test(`${what} draws and changes little`, async () => {
        await page.keyboard.press(begin);
        await page.locator("canvas[data-drawn=true]").waitFor();
        const work = await workOf(act, 12);

        for (const [count, bound] of Object.entries({ ...bounds, points }) as [
          keyof Work,
          number,
        ][]) {
          ok(work[count] < bound, `${count}: ${work[count]}`);
        }
      });
    }

    for (const [what, act] of [
      ["to pan", "wheel({ shiftKey: true, deltaY: 40 })"],
      ["to zoom", "wheel({ ctrlKey: true, deltaY: -1 })"],
      ["to zoom out", "wheel({ ctrlKey: true, deltaY: 1 })"],
    ] as const) {
      test(`${what} draws little in each frame, and ends with all of it drawn`, async () => {
        const { strokes, points } = await workOf(act, 12);

        ok(strokes < bounds.strokes, `${strokes} strokes`);
        ok(points < bounds.points, `${points} points`);
        await page.locator("canvas[data-drawn=true]").waitFor();
      });
    }
  });
}
