/**
 * A disk that outlives its process: an append-only log of records. Records that wait while a sync is
 * under way share the next one; what a protocol no longer needs is left out when the log has grown.
 */

import { UsageError } from "../../core/assert.ts";
import type { Json } from "../../core/encoding.ts";
import type { Pledge } from "../../core/machine.ts";
import type { RecordRules, SalvageRules } from "../../core/protocol.ts";
import type { Files, OpenFile } from "./files.ts";
import { frameOf, readFrames } from "./frames.ts";
import { joined, noPledge, Pledges } from "./pledges.ts";
import type { Past, Store } from "./store.ts";

const logName = "log";
// A log is written anew when it has doubled since, but not below this size.
const usualLeastBytes = 1024 * 1024;

export interface DurableDiskOptions {
  /** Whose it is, for messages: `r1 in DIR`. */
  readonly owner: string;
  readonly files: Files;
  /** Undefined for protocols that need all they ever wrote. */
  readonly rules: RecordRules | SalvageRules | undefined;
  /** Says what an operator must know. */
  warn(sentence: string): void;
  readonly leastBytes?: number | undefined;
}

/** What a frame holds. A loss stays on record: once it is made good, it binds to nothing. */
type Entry = { readonly records: readonly Json[] } | { readonly lost: Pledge };

interface Pending {
  readonly record: Json;
  done(): void;
}

export class DurableDisk implements Store {
  readonly #options: DurableDiskOptions;
  readonly #pledges: Pledges;
  #log: OpenFile | undefined;
  #bytes = 0;
  #bytesThen = 0;
  #syncs = 0;
  #pending: Pending[] = [];
  #isBusy = false;
  #hasFailed = false;
  #stop: () => void = () => {};

  /** Reads what is there: the log that a crash left behind is put in order at once. */
  constructor(options: DurableDiskOptions) {
    this.#options = options;
    this.#pledges = new Pledges(options.files);
    this.#repair();
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Size of the log. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How often the log was synced. */
  get syncs(): number {
    return this.#syncs;
  }

  whenFailing(stop: () => void): void {
    this.#stop = stop;
  }

  append(record: Json, done: () => void): void {
    if (this.#hasFailed) return;
    this.#pending.push({ record, done });
    if (this.#isBusy) return;
    this.#isBusy = true;
    // What one step wants written is appended before this runs.
    queueMicrotask(() => void this.#writePending());
  }

  /** Everything that was appended, on disk by now. */
  read(): Past {
    try {
      this.#write(this.#pending.splice(0).map(({ record }) => record));
      this.#log?.syncNow();
    } catch (error) {
      this.#fail(error);
    }
    return pastIn(this.#entries());
  }

  erase(): void {
    this.#pending = [];
    this.#log?.close();
    this.#options.files.remove(logName);
    this.#pledges.erase();
    this.#openLog(0);
  }

  close(): void {
    this.#hasFailed = true;
    this.#log?.close();
    this.#log = undefined;
  }

  async #writePending(): Promise<void> {
    while (this.#pending.length > 0 && !this.#hasFailed) {
      const batch = this.#pending.splice(0);
      try {
        this.#write(batch.map(({ record }) => record));
        await this.#log?.sync();
        this.#syncs += 1;
        if (this.#hasFailed) return;
        for (const { done } of batch) done();
        this.#compactIfGrown();
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#isBusy = false;
  }

  #write(records: readonly Json[]): void {
    if (records.length === 0) return;
    this.#pledges.raise(this.#pledgeOf(records));
    const frame = frameOf(JSON.stringify({ records } satisfies Entry));
    this.#log?.write(frame);
    this.#bytes += frame.length;
  }

  #pledgeOf(records: readonly Json[]): Pledge {
    const rules = salvageRulesOf(this.#options);
    return records
      .map((record) => rules?.pledgeOf(record) ?? noPledge)
      .reduce((sum, pledge) => joined(sum, pledge), noPledge);
  }

  /** Nothing more is promised, and nobody is told that anything was written. */
  #fail(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#pending = [];
    const why = error instanceof Error ? error.message : String(error);
    this.#options.warn(`the disk of ${this.#options.owner} fails, so it votes no more: ${why}`);
    this.#stop();
  }

  #compactIfGrown(): void {
    const { rules, files, leastBytes = usualLeastBytes } = this.#options;
    if (rules === undefined || this.#bytes < Math.max(leastBytes, 2 * this.#bytesThen)) return;
    const { records, lost } = pastIn(this.#entries());
    const kept = framesOf(rules.stillNeeded(records), lost);
    this.#log?.close();
    files.replace(logName, kept);
    this.#openLog(kept.length);
  }

  #openLog(length: number): void {
    this.#log = this.#options.files.open(logName, length);
    this.#bytes = length;
    this.#bytesThen = length;
  }

  #entries(): readonly Entry[] {
    const { texts } = readFrames(this.#options.files.read(logName) ?? Buffer.alloc(0));
    return texts.map(entryIn);
  }

  #repair(): void {
    const { files, owner, warn } = this.#options;
    const found = files.read(logName);
    const file = found ?? Buffer.alloc(0);
    const { texts, end, state } = readFrames(file);
    // The log is there before the pledge: without it, everything is lost.
    const isGone = found === undefined && this.#pledges.kept !== undefined;
    if (state === "damaged" || isGone) return this.#salvage(texts.map(entryIn));
    if (state === "torn") {
      warn(`the last write of ${owner} was not finished: ${file.length - end} bytes are cut off`);
    }
    this.#openLog(end);
    // Nobody knows how much of it is still needed: the next sync finds out.
    this.#bytesThen = 0;
  }

  /** Keeps what holds by itself, and how far the lost records can have gone; the rest is for peers. */
  #salvage(entries: readonly Entry[]): void {
    const { files, owner, warn } = this.#options;
    const rules = salvageRulesOf(this.#options);
    const { kept } = this.#pledges;
    if (rules === undefined || kept === undefined) {
      const why = rules === undefined ? "and its protocol needs all of it" : "and so is its pledge";
      throw new UsageError(
        `the log of ${owner} is damaged, ${why}: only without this directory can it start, as one that has lost its memory`,
      );
    }
    const { records, lost = noPledge } = pastIn(entries);
    const salvaged = framesOf(rules.salvage(records), joined(kept, lost));
    let number = 1;
    while (files.read(`${logName}.damaged-${number}`) !== undefined) number += 1;
    const aside = `${logName}.damaged-${number}`;
    files.replace(aside, files.read(logName) ?? Buffer.alloc(0));
    files.replace(logName, salvaged);
    warn(
      `the log of ${owner} is damaged: it is kept as ${aside}, and the node votes again when the others have brought it beyond slot ${kept.slot}`,
    );
    this.#openLog(salvaged.length);
  }
}

/** Undefined where a member that has lost a record cannot go on. */
const salvageRulesOf = ({ rules }: DurableDiskOptions): SalvageRules | undefined =>
  rules !== undefined && "salvage" in rules ? rules : undefined;

const entryIn = (text: string): Entry =>
  // Its checksum held: it is what we wrote.
  JSON.parse(text) as Entry;

function framesOf(records: readonly Json[], lost: Pledge | undefined): Buffer {
  const entries: Entry[] = lost === undefined ? [{ records }] : [{ lost }, { records }];
  return Buffer.concat(entries.map((entry) => frameOf(JSON.stringify(entry))));
}

function pastIn(entries: readonly Entry[]): Past {
  const records: Json[] = [];
  let lost: Pledge | undefined;
  for (const entry of entries) {
    if ("lost" in entry) lost = entry.lost;
    else for (const record of entry.records) records.push(record);
  }
  return { records, lost };
}
