import { equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { playScript } from "./script.ts";
import { SimulatedStage } from "./simulated-stage.ts";

const here = import.meta.dirname;
const scripts = readdirSync(join(here, "scripts"));

for (const name of scripts) {
  test(`the transcript of ${name} is the one that was read and agreed to`, async () => {
    const save = (file: string) => `checkpoints/${file}`;
    const stage = new SimulatedStage({ n: 4, seed: 1, save });
    let transcript = "";
    await playScript(readFileSync(join(here, "scripts", name), "utf8"), stage, (piece) => {
      transcript += piece;
    });
    const path = join(here, "transcripts", name);
    if (process.env["UPDATE"] === "1") writeFileSync(path, transcript);
    equal(transcript, readFileSync(path, "utf8"));
  });
}

test("what the README shows of a session is what it prints", () => {
  const readme = readFileSync(join(here, "../../README.md"), "utf8");
  const [, shown = "nothing"] = /^```text\n(P1> [\s\S]*?)^```/m.exec(readme) ?? [];
  ok(readFileSync(join(here, "transcripts/deposit.txt"), "utf8").includes(shown));
});
