import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import type { Json } from "../../core/encoding.ts";
import type { SalvageRules } from "../../core/protocol.ts";
import { DurableDisk } from "./durable-disk.ts";
import { FakeFiles } from "./fake-files.ts";

/** Records are numbers: a vote for the slot of that number. Negative ones are stable slots. */
const rules: SalvageRules = {
  stillNeeded: (records) => {
    const stable = Math.min(0, ...records.map(Number));
    return records.filter((record) => Number(record) > -stable || record === stable);
  },
  salvage: (records) => [Math.min(0, ...records.map(Number))].filter((stable) => stable < 0),
  pledgeOf: (record) => (Number(record) > 0 ? { view: 3, slot: Number(record) } : undefined),
};

interface Life {
  readonly disk: DurableDisk;
  readonly files: FakeFiles;
  readonly done: Json[];
  readonly warnings: string[];
  readonly stops: string[];
  append(...records: readonly Json[]): void;
}

function lifeOn(files: FakeFiles, change: { leastBytes?: number; hasRules?: boolean } = {}): Life {
  const { leastBytes, hasRules = true } = change;
  const done: Json[] = [];
  const warnings: string[] = [];
  const stops: string[] = [];
  const warn = (sentence: string) => void warnings.push(sentence);
  const disk = new DurableDisk({
    owner: "r1",
    files,
    rules: hasRules ? rules : undefined,
    warn,
    leastBytes,
  });
  disk.whenFailing(() => stops.push("r1"));
  const append = (...records: readonly Json[]) => {
    for (const record of records) disk.append(record, () => done.push(record));
  };
  return { disk, files, done, warnings, stops, append };
}

/** Lets what is due run: promises only, no timers. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}

async function syncAll(files: FakeFiles): Promise<void> {
  await settle();
  while (files.syncsUnderWay > 0) {
    files.finishSync();
    await settle();
  }
}

describe("a durable disk", () => {
  test("says that a record is written once it is synced, not before", async () => {
    const life = lifeOn(new FakeFiles());
    life.append(1);
    await settle();
    deepEqual([life.done, life.files.syncsUnderWay], [[], 1]);
    life.files.finishSync();
    await settle();
    deepEqual([life.done, life.files.syncsUnderWay], [[1], 0]);
  });

  test("syncs once for all records that came while a sync was under way", async () => {
    const life = lifeOn(new FakeFiles());
    life.append(1);
    await settle();
    life.append(2, 3);
    await settle();
    life.append(4);
    await syncAll(life.files);
    deepEqual([life.done, life.disk.syncs], [[1, 2, 3, 4], 2]);
  });

  test("gives the next life everything, in order, unsynced records of its own process, too", async () => {
    const life = lifeOn(new FakeFiles());
    life.append(1, "two", { three: [null] });
    await settle();
    life.append(4);
    deepEqual(life.disk.read(), { records: [1, "two", { three: [null] }, 4], lost: undefined });
    deepEqual(lifeOn(life.files.afterPowerLoss(0)).disk.read().records.length, 4);
  });

  test("forgets everything when it is erased, and goes on", async () => {
    const life = lifeOn(new FakeFiles());
    life.append(1);
    await syncAll(life.files);
    life.disk.erase();
    deepEqual(life.disk.read().records, []);
    life.append(2);
    await syncAll(life.files);
    deepEqual(lifeOn(life.files.afterPowerLoss(0)).disk.read().records, [2]);
  });

  test("keeps what it called written, whatever a power loss leaves of the rest", async () => {
    const step = fc.oneof(
      fc.record({ append: fc.integer({ min: 1, max: 3 }) }),
      fc.constant("sync" as const),
      fc.constant("turn" as const),
      fc.record({ loss: fc.nat(80) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        let life = lifeOn(new FakeFiles());
        let kept: Json[] = [];
        let appended: Json[] = [];
        let next = 1;
        for (const act of steps) {
          if (act === "turn") await settle();
          else if (act === "sync") {
            await settle();
            if (life.files.syncsUnderWay > 0) life.files.finishSync();
            await settle();
          } else if ("append" in act) {
            for (let count = 0; count < act.append; count += 1) {
              life.append(next);
              appended.push(next);
              next += 1;
            }
          } else {
            const written = [...kept, ...life.done];
            life = lifeOn(life.files.afterPowerLoss(act.loss));
            const { records, lost } = life.disk.read();
            equal(lost, undefined);
            deepEqual(records.slice(0, written.length), written);
            deepEqual(records, appended.slice(0, records.length));
            kept = [...records];
            appended = [...records];
          }
        }
      }),
      { numRuns: 300, seed: 4 },
    );
  });
});

describe("a disk that fails", () => {
  const failures = [
    ["is full", { room: 30 }, /ENOSPC/],
    ["cannot sync", { isSyncBroken: true }, /EIO/],
  ] as const;
  for (const [what, fault, why] of failures) {
    test(`because it ${what} stops its node, says so, and calls nothing written`, async () => {
      const files = new FakeFiles();
      const life = lifeOn(files);
      Object.assign(files, fault);
      life.append(1, 2, 3, 4, 5);
      await syncAll(files);
      life.append(6);
      await syncAll(files);
      deepEqual([life.done, life.stops, life.disk.hasFailed], [[], ["r1"], true]);
      equal(life.warnings.length, 1);
      match(life.warnings[0] ?? "", /^the disk of r1 fails, so it votes no more: /);
      match(life.warnings[0] ?? "", why);
      // What was half written when it was full is cut off by the next life.
      deepEqual(
        lifeOn(files.afterPowerLoss(1000)).disk.read().records,
        what === "is full" ? [] : [1, 2, 3, 4, 5],
      );
    });
  }
});

describe("a log that has grown", () => {
  /** A thousand slots, each tenth stable. */
  async function longLife(files: FakeFiles): Promise<{ life: Life; most: number }> {
    const life = lifeOn(files, { leastBytes: 500 });
    let most = 0;
    for (let slot = 1; slot <= 1000; slot += 1) {
      life.append(slot);
      if (slot % 10 === 0) life.append(-slot);
      await syncAll(files);
      most = Math.max(most, life.disk.bytes);
    }
    return { life, most };
  }

  test("is written anew with what is still needed, so that it stays bounded", async () => {
    const files = new FakeFiles();
    const { life, most } = await longLife(files);
    equal(life.done.length, 1100);
    ok(most < 1200, `${most} bytes`);
    const { records } = lifeOn(files.afterPowerLoss(0)).disk.read();
    ok(records.includes(-1000));
    ok(records.length < 40);
  });

  test("stays bounded over many short lives", async () => {
    let files = new FakeFiles();
    for (let slot = 1; slot <= 300; slot += 1) {
      const life = lifeOn(files, { leastBytes: 500 });
      life.append(slot, -slot);
      await syncAll(files);
      ok(life.disk.bytes < 700, `${life.disk.bytes} bytes in life ${slot}`);
      files = files.afterPowerLoss(0);
    }
  });

  test("is the old one or the new one when the power goes meanwhile", async () => {
    const files = new FakeFiles();
    const life = lifeOn(files, { leastBytes: 200 });
    life.append(1, 2, 3, -2, 4);
    await syncAll(files);
    files.beforeChange = () => {
      throw new Error("the power goes");
    };
    for (let slot = 5; slot < 20 && !life.disk.hasFailed; slot += 1) {
      life.append(slot);
      await syncAll(files);
    }
    ok(life.disk.hasFailed);
    const { records } = lifeOn(files.afterPowerLoss(0)).disk.read();
    for (const record of life.done) ok(records.includes(record));
  });
});

describe("a damaged log", () => {
  async function damagedFiles(bit: number): Promise<{ files: FakeFiles; bits: number }> {
    const life = lifeOn(new FakeFiles());
    for (const record of [-5, 6, 7]) {
      life.append(record);
      await syncAll(life.files);
    }
    const log = life.files.read("log") ?? Buffer.alloc(0);
    const bits = 8 * log.length;
    log[bit >> 3] = (log[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    life.files.replace("log", log);
    return { files: life.files, bits };
  }

  test("is never silently accepted: any one bit flipped, and the life knows what it may have lost", async () => {
    const { bits } = await damagedFiles(0);
    for (let bit = 0; bit < bits; bit += 7) {
      const { files } = await damagedFiles(bit);
      const life = lifeOn(files);
      const { records, lost } = life.disk.read();
      ok(lost !== undefined && lost.view >= 3 && lost.slot >= 7, `bit ${bit}`);
      deepEqual(
        records.filter((record) => record !== -5),
        [],
      );
      match(life.warnings[0] ?? "", /^the log of r1 is damaged: it is kept as log.damaged-1/);
      ok(files.read("log.damaged-1") !== undefined);
    }
  });

  test("remains on record in later lives, when it is written anew, and when it is damaged again", async () => {
    const { files } = await damagedFiles(200);
    const second = lifeOn(files, { leastBytes: 100 });
    second.append(200, 201, -201, ...Array.from({ length: 30 }, (_, index) => 202 + index));
    await syncAll(files);
    const third = lifeOn(files.afterPowerLoss(0));
    const { records, lost } = third.disk.read();
    ok(lost !== undefined && lost.slot >= 7);
    ok(records.includes(202) && !records.includes(200));

    const log = third.files.read("log") ?? Buffer.alloc(0);
    log[log.length - 1] = 0x21;
    third.files.replace("log", log);
    const fourth = lifeOn(third.files).disk.read();
    ok(fourth.lost !== undefined && fourth.lost.slot >= 231);
    const logs = ["log.damaged-1", "log.damaged-2"].map((name) => third.files.read(name));
    ok(logs.every((found) => found !== undefined));
  });

  test("of a protocol that needs all of it, or with its pledge gone, too, is no log to start from", async () => {
    const { files } = await damagedFiles(200);
    throws(
      () => lifeOn(files, { hasRules: false }),
      /the log of r1 is damaged, and its protocol needs/,
    );
    const pledge = files.read("pledge") ?? Buffer.alloc(0);
    pledge[14] = (pledge[14] ?? 0) ^ 1;
    files.replace("pledge", pledge);
    throws(() => lifeOn(files), /the log of r1 is damaged, and so is its pledge/);
    files.remove("pledge");
    throws(() => lifeOn(files), /and so is its pledge/);
  });

  test("that is gone is damaged, too: the pledge tells that there was one", async () => {
    const { files } = await damagedFiles(0);
    files.remove("log");
    const { records, lost } = lifeOn(files).disk.read();
    deepEqual(records, []);
    ok(lost !== undefined && lost.slot >= 7);
  });

  test("with a torn end is cut, and that is said", async () => {
    const life = lifeOn(new FakeFiles());
    life.append(1);
    await syncAll(life.files);
    life.append(2);
    await settle();
    const next = lifeOn(life.files.afterPowerLoss(9));
    deepEqual(next.disk.read(), { records: [1], lost: undefined });
    deepEqual(next.warnings, ["the last write of r1 was not finished: 9 bytes are cut off"]);
    next.append(3);
    await syncAll(next.files);
    deepEqual(lifeOn(next.files.afterPowerLoss(0)).disk.read().records, [1, 3]);
  });
});
