import { deepEqual } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import { parseSuite } from "../suite.ts";
import { startRun } from "../suite-run.ts";

const crashes = [
  ["in it is what was asked for", "1s", [[]]],
  ["before it is marked, and has no recovery", "1ms", [["crash not in the measured part"]]],
  [
    "after it is marked, too, and was never seen",
    "60s",
    [["fault not witnessed", "crash not in the measured part"]],
  ],
] as const;

for (const [claim, at, expected] of crashes) {
  test(`a crash of the measured part: ${claim}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "quorumlab-"));
    const suite = parseSuite(
      `protocol: pbft\nn: 4\ntransport: simulated\nauth: none\nrate: 20\nwarmup: 5\nduration: 2s\nrepetitions: 1\ntimeout: 200\nfault: crash@commander/${at}-\n`,
      "crash.yaml",
    );
    try {
      const options = { flags: {}, out: join(folder, "run"), command: "run crash" };
      const { summaries } = await startRun(suite, options, new AbortController().signal);
      deepEqual(
        summaries.map(({ marks }) => marks),
        expected,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
