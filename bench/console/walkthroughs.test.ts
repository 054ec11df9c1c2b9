import { equal } from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { startProcessStage } from "./process-stage.ts";
import { playScript } from "./script.ts";

const here = import.meta.dirname;

/** Saved files stand under the folder of the run, which is another one each time. */
const withoutFolder = (transcript: string, folder: string) =>
  transcript.replaceAll(`${folder}/`, "");

// The one that is left out is played by processes.test.ts, which goes on from where it ends.
const names = readdirSync(join(here, "scripts")).filter((name) => name !== "crash-and-recover.txt");

for (const name of names) {
  test(`four real processes and a client play ${name} to the same transcript`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
    const stage = await startProcessStage({ n: 4, seed: 1, out: folder });
    try {
      let transcript = "";
      await playScript(readFileSync(join(here, "scripts", name), "utf8"), stage, (piece) => {
        transcript += piece;
      });
      const agreed = readFileSync(join(here, "transcripts", name), "utf8");
      equal(withoutFolder(transcript, folder), agreed);
    } finally {
      await stage.close();
      rmSync(folder, { recursive: true });
    }
  });
}
