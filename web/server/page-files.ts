/** Where the page lies once it is built, and building it: when it is missing, or older than its sources. */

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
/** The page's sources are not part of the package: there, the page is built already. */
const sources = join(here, "../page");
const hasSources = existsSync(join(sources, "index.html"));

/** Beside the compiled code, wherever this file was started from. */
export const pageDirectoryFor = (folder: string, isSource: boolean): string =>
  join(folder, isSource ? "../../dist/page" : "../../page");

export const pageDirectory = pageDirectoryFor(here, hasSources);

/** What ends up in the page. */
const rooms = [
  "web",
  "bench",
  "core",
  "pbft",
  "ccro",
  "paxos",
  "flood",
  "domains",
  "services",
  "faults",
  "sim",
];

/** Builds the page unless it is there and newer than all it is made of. The answer: whether it was built. */
export async function ensurePage(): Promise<boolean> {
  if (!hasSources || builtAt() > newestSource()) return false;
  await buildPage();
  return true;
}

export async function buildPage(): Promise<void> {
  // Only whoever builds needs it, and it takes its time to load.
  const { build } = await import("vite");
  await build({
    root: sources,
    configFile: false,
    logLevel: "warn",
    base: "./",
    oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
    build: {
      outDir: pageDirectory,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
    },
  });
}

function builtAt(): number {
  const index = join(pageDirectory, "index.html");
  return existsSync(index) ? statSync(index).mtimeMs : 0;
}

function newestSource(): number {
  const files = rooms.flatMap((room) => {
    const folder = join(here, "../..", room);
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(tsx?|css|html|json|svg)$/.test(name) && !name.includes(".test."))
      .map((name) => join(folder, name));
  });
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}
