/** For tests: a real browser, the one that comes inside a package. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import chromium from "@sparticuz/chromium";
import { type Browser, chromium as launcher } from "playwright-core";

export async function launchBrowser(): Promise<{ browser: Browser; close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), "quorumlab-browser-"));
  const browser = await launcher.launch({
    executablePath: await chromium.executablePath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    env: { ...environment(), LD_LIBRARY_PATH: librariesIn(folder) },
  });
  return {
    browser,
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function environment(): Record<string, string> {
  const set = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return Object.fromEntries(set);
}

/** The browser's libraries come with it; a bare Linux has not all of them. */
function librariesIn(folder: string): string {
  const bin = join(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))), "../../bin");
  const archive = join(folder, "libraries.tar");
  writeFileSync(archive, brotliDecompressSync(readFileSync(join(bin, "al2023.tar.br"))));
  execFileSync("tar", ["xf", archive, "-C", folder]);
  const found = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return join(folder, dirname(found.find((name) => name.endsWith("libnss3.so")) ?? ""));
}
