import { deepEqual, equal, match } from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { type ProcessStage, startProcessStage } from "./process-stage.ts";
import { playScript } from "./script.ts";

const here = import.meta.dirname;
const scripted = (folder: string) =>
  readFileSync(join(here, folder, "crash-and-recover.txt"), "utf8");

let folder = "";
let stage: ProcessStage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
  stage = await startProcessStage({ n: 4, seed: 1, out: folder });
});
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true });
});

const replyOf = (replica: string) => ({
  from: replica,
  signature: Buffer.alloc(64).toString("base64"),
  message: {
    kind: "reply",
    view: 0,
    sequence: 1,
    timestamp: 1,
    client: "client",
    replica,
    result: '{"status":"ok"}',
  },
});

// One after another, on one cluster: to start five processes costs more than all of this.
test("five processes over HTTP: deposit, crash, view change and recovery read as in virtual time", async () => {
  let transcript = "";
  await playScript(scripted("scripts"), stage, (piece) => {
    transcript += piece;
  });
  equal(transcript, scripted("transcripts"));

  // A forged REPLY is refused at the door of the client and counts for nothing.
  const before = await stage.type("client", "list");
  for (const replica of ["r1", "r2"]) {
    const answer = await fetch(`${stage.urls.get("client")}/reply`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(replyOf(replica)),
    });
    equal(answer.status, 401);
  }
  deepEqual(await stage.type("client", "list"), before);

  // The leader is P1 and P3 has left: the checkpoint is assembled all the same.
  const said = (await stage.type("r1", "checkpoint")).flatMap(({ lines }) => lines);
  const banner = "=== CHECKPOINT  checkpoints/final_checkpoint_3.log  with 3 of 4 reports ===";
  equal(said.at(-1)?.text, banner);
  const file = readFileSync(join(folder, "checkpoints", "final_checkpoint_3.log"), "utf8");
  match(file, /^checkpoint at sequence 3\nP0 {2}view 1 .*\nP1 {2}.*\nP2 {2}.*\nP3 {2}no report\n$/);
});
