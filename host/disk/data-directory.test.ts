import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type DataDirectoryOptions, openDataDirectory } from "./data-directory.ts";

let dataDir = "";

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), "quorumlab-disk-"));
});

afterAll(() => rmSync(dataDir, { recursive: true }));

const open = (change: Partial<DataDirectoryOptions> = {}) =>
  openDataDirectory({
    dataDir,
    node: "r1",
    cluster: { protocol: "pbft", n: 4, seed: 1 },
    rules: undefined,
    warn: () => {},
    ...change,
  });

describe("a data directory", () => {
  test("gives the next life what was synced, and takes more", async () => {
    const first = await open();
    await new Promise<void>((resolve) => first.disk.append({ said: "ä" }, resolve));
    await first.close();
    const second = await open();
    deepEqual(second.disk.read().records, [{ said: "ä" }]);
    await new Promise<void>((resolve) => second.disk.append(2, resolve));
    await second.close();
    const third = await open();
    deepEqual(third.disk.read().records, [{ said: "ä" }, 2]);
    await third.close();
  });

  test("belongs to one process at a time, by whatever name", async () => {
    const first = await open();
    await rejects(open(), /r1 is in use by another process: stop that one, or choose another/);
    const alias = `${dataDir}-alias`;
    symlinkSync(dataDir, alias);
    await rejects(open({ dataDir: alias }), /is in use by another process/);
    rmSync(alias);
    const other = await open({ node: "r2" });
    await other.close();
    await first.close();
    await (await open()).close();
  });

  const wrong = [
    ["protocol", { protocol: "ccro", n: 4, seed: 1 }, /its protocol is pbft, not ccro$/],
    ["size", { protocol: "pbft", n: 7, seed: 1 }, /its n is 4, not 7$/],
    ["keys", { protocol: "pbft", n: 4, seed: 2 }, /its seed is 1, not 2$/],
  ] as const;
  for (const [what, cluster, sentence] of wrong) {
    test(`of a cluster with another ${what} is refused in one sentence`, async () => {
      await (await open()).close();
      await rejects(open({ cluster }), sentence);
      await (await open()).close();
    });
  }

  test("of another node is refused, even under this node's name", async () => {
    await (await open()).close();
    symlinkSync(join(dataDir, "r1"), join(dataDir, "r3"));
    await rejects(open({ node: "r3" }), /its node is r1, not r3$/);
  });

  test("that holds something else is left alone", async () => {
    const strange = mkdtempSync(join(tmpdir(), "quorumlab-strange-"));
    const first = await open({ dataDir: strange });
    await first.close();
    rmSync(join(strange, "r1", "identity.json"));
    await rejects(open({ dataDir: strange }), /r1 holds log and no identity.json/);
    writeFileSync(join(strange, "r1", "identity.json"), "{");
    await rejects(open({ dataDir: strange }), /identity.json cannot be read as JSON/);
    writeFileSync(join(strange, "file"), "");
    await rejects(
      open({ dataDir: join(strange, "file") }),
      /--data-dir must be a directory that can be written to/,
    );
    rmSync(strange, { recursive: true });
  });

  test("is written anew without losing a record", async () => {
    const rules = {
      stillNeeded: (records: readonly unknown[]) => records.slice(-3) as readonly number[],
      salvage: () => [],
      pledgeOf: () => undefined,
    };
    const grown = await open({ node: "r5", rules });
    const long = "x".repeat(100_000);
    for (let slot = 1; slot <= 30; slot += 1) {
      await new Promise<void>((resolve) => grown.disk.append(long, resolve));
      await new Promise<void>((resolve) => grown.disk.append(slot, resolve));
    }
    ok(grown.disk.bytes < 2_300_000, `${grown.disk.bytes} bytes`);
    await grown.close();
    const next = await open({ node: "r5", rules });
    equal(next.disk.read().records.at(-1), 30);
    await next.close();
  });
});
