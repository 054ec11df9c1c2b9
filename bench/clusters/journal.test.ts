import { deepEqual } from "node:assert/strict";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import type { Message } from "../../core/messages.ts";
import { createJournal, readJournal } from "./journal.ts";

const folder = mkdtempSync(join(tmpdir(), "quorumlab-journal-"));

test("a journal holds what each life said, once each, and what it did; torn lines are left out", () => {
  const path = join(folder, "r1.jsonl");
  const prepare = { kind: "prepare", view: 0, sequence: 1 } as Message;
  const foreign = { kind: "prepare", view: 0, sequence: 2 } as Message;
  const first = createJournal(path);
  for (const to of ["r2", "r3"]) {
    first.sent?.("r1", to, { from: "r1", message: prepare, signature: "" }, 0);
  }
  first.sent?.("r1", "r2", { from: "r0", message: foreign, signature: "" }, 0);
  first.effect?.("r1", { kind: "mark", mark: { name: "prepared", view: 0 } }, 0);
  first.effect?.("r1", { kind: "stop-timer", timer: "view" }, 0);
  appendFileSync(path, '{"kind":"said","mess');
  createJournal(path);
  appendFileSync(path, '{"kind":"sa');
  deepEqual(readJournal(path), [
    { kind: "start" },
    { kind: "said", message: prepare },
    { kind: "mark", mark: { name: "prepared", view: 0 } },
    { kind: "start" },
  ]);
  rmSync(folder, { recursive: true });
});
