/** `hunt`: many seeded schedules and faults, looking for a run that breaks what was promised. */

import CliTable from "cli-table3";
import type { CommandModule } from "yargs";
import { UsageError } from "../../core/assert.ts";
import { countTwinSchedules } from "../../sim/twin-schedules.ts";
import { runAblation } from "../ablation/run-ablation.ts";
import { tellMissed, tellUnfired } from "../hunt/coverage.ts";
import { groundFor, promisesOf } from "../hunt/ground.ts";
import { brokenKinds, type Find, type Harvest, isPromised, shrinkFind } from "../hunt/hunter.ts";
import { huntOnAllCores } from "../hunt/pool.ts";
import { seldom, tellProgress } from "../hunt/progress.ts";
import { writeFind } from "../hunt/schedule-file.ts";
import { describeSchedule, replay } from "../hunt/story.ts";
import { twinsPlan } from "../hunt/twins.ts";
import type { Share } from "../hunt/worker.ts";
import { interruptedExitCode, signalOfInterrupts } from "../interrupt.ts";
import { type Arguments, isSet, textIn, wordIn } from "../options/arguments.ts";
import { createProgress } from "../output/progress.ts";
import { aboutAblations } from "../protocols.ts";

const badAnswerExitCode = 1;
// The last rows before the violation: further back, a run of many nodes fills screens.
const diagramRows = 60;

export const huntCommand: CommandModule = {
  command: "hunt",
  describe: "search seeded schedules and faults for a violation, and shrink what is found",
  builder: (parser) =>
    parser
      .option("protocol", {
        describe: "protocols to hunt in",
        defaultDescription: "pbft,ccro-safe",
      })
      .option("n", {
        describe: "cluster sizes to draw from",
        defaultDescription: "a few small ones",
      })
      .option("domains", {
        describe: "divide each cluster in so many domains, with f faulty nodes in each",
        defaultDescription: "1",
      })
      .option("seeds", {
        describe: "schedules per protocol",
        defaultDescription: "10000, with --ablation 2000",
      })
      .option("seed", { describe: "first seed", defaultDescription: "0" })
      .option("twins", {
        describe: "enumerate Twins schedules over this many views instead of drawing",
      })
      .option("find", {
        describe: `count only this: ${brokenKinds.join(", ")}`,
        defaultDescription: "anything",
      })
      .option("finds", { describe: "stop after so many finds", defaultDescription: "1" })
      .option("workers", { describe: "worker threads", defaultDescription: "one a core" })
      .option("out", {
        describe: "file for the shrunk find; with --ablation a folder",
        defaultDescription: "counterexample.json, with --ablation one in results/",
      })
      .option("ablation", {
        describe: "ccro-safe with each of R1 to R5 taken back: what breaks, and what each costs",
        type: "boolean",
      })
      .option("json", { describe: "JSON on stdout, and nothing else there", type: "boolean" })
      .epilogue(`${aboutAblations}\nExit code 1 when something is found, promised or not.`),
  handler: (argv) => hunt(argv),
};

async function hunt(argv: Arguments): Promise<void> {
  if (isSet(argv, "ablation")) return huntWithoutRules(argv);
  const names = (textIn(argv, "protocol") ?? "pbft,ccro-safe").split(",");
  const signal = signalOfInterrupts();
  const path = textIn(argv, "out") ?? "counterexample.json";
  const isJson = isSet(argv, "json");
  const results: Result[] = [];
  let found: Find | undefined;
  for (const name of names) {
    if (signal.aborted) break;
    const result = await huntIn(name, argv, signal);
    results.push(result);
    // At once: the next protocol may take hours.
    if (found === undefined && result.find !== undefined) writeFind(path, result.find);
    found ??= result.find;
    if (!isJson) for (const line of tell(result, path)) console.log(line);
  }
  if (isJson) console.log(JSON.stringify(results, null, 2));
  if (signal.aborted) process.exitCode = interruptedExitCode;
  else if (found !== undefined) process.exitCode = badAnswerExitCode;
}

/** Its protocols, sizes and what counts are given; `--out` names a folder. */
function huntWithoutRules(argv: Arguments): Promise<void> {
  const other = ["protocol", "n", "domains", "twins", "find", "finds"].find(
    (name) => argv[name] !== undefined,
  );
  if (other !== undefined) {
    throw new UsageError(`--ablation chooses what it hunts itself: it does not take --${other}`);
  }
  return runAblation({
    firstSeed: wholeNumberIn(argv, "seed", 0, 2 ** 31 - 1) ?? 0,
    seeds: wholeNumberIn(argv, "seeds", 1, 1_000_000_000) ?? 2_000,
    workers: wholeNumberIn(argv, "workers", 1, 256),
    out: textIn(argv, "out"),
    isJson: isSet(argv, "json"),
    signal: signalOfInterrupts(),
  });
}

interface Result {
  readonly protocol: string;
  readonly domains: number;
  readonly harvest: Omit<Harvest, "finds">;
  /** Schedules that were to be run; fewer were when it ended early. */
  readonly planned: number;
  readonly finds: number;
  /** The first find, shrunk. */
  readonly find: Find | undefined;
  readonly seconds: number;
}

async function huntIn(name: string, argv: Arguments, signal: AbortSignal): Promise<Result> {
  const share = shareOf(name, argv);
  const progress = createProgress();
  const showSeldom = seldom(
    (text) => console.error(text),
    process.stderr.isTTY ? Infinity : 60_000,
  );
  const startedAt = performance.now();
  const { finds, ...harvest } = await huntOnAllCores(share, {
    workers: wholeNumberIn(argv, "workers", 1, 256),
    signal,
    progress: (soFar) => {
      const text = tellProgress(name, soFar, share.count, performance.now() - startedAt);
      progress.show(text);
      showSeldom(text);
    },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const [first] = finds;
  if (first !== undefined) progress.show(`${name}: found one, taking out what it does not need`);
  const find = first === undefined ? undefined : shrinkFind(first);
  progress.clear();
  const { domains } = share;
  return {
    protocol: name,
    domains,
    harvest,
    planned: share.count,
    finds: finds.length,
    find,
    seconds,
  };
}

function shareOf(protocol: string, argv: Arguments): Share {
  const sizes = textIn(argv, "n")
    ?.split(",")
    .map((text) => wholeNumber("n", text, 1, 100));
  const mostFinds = wholeNumberIn(argv, "finds", 1, 1_000_000) ?? 1;
  const seeds = wholeNumberIn(argv, "seeds", 1, 1_000_000_000);
  const first = wholeNumberIn(argv, "seed", 0, 2 ** 31 - 1) ?? 0;
  const views = wholeNumberIn(argv, "twins", 1, 3);
  const kind = wordIn(argv, "find", brokenKinds);
  const wanted = kind === undefined ? brokenKinds : [kind];
  const domains = wholeNumberIn(argv, "domains", 1, 100) ?? 1;
  if (domains > 1 && views !== undefined) {
    throw new UsageError("--twins enumerates one cluster: it does not take --domains");
  }
  // Says what is wrong with it before any worker starts.
  groundFor(protocol, sizes, { domains, seed: first });
  const common = { protocol, sizes, mostFinds, wanted, domains };
  if (views === undefined) return { ...common, of: "seeds", first, count: seeds ?? 10_000 };
  const total = countTwinSchedules(twinsPlan(groundFor(protocol).protocol, views));
  const count = Math.min(seeds ?? total, total);
  return { ...common, of: { twinsOver: views, step: total / count }, first: 0, count };
}

function wholeNumberIn(argv: Arguments, name: string, low: number, high: number) {
  const text = textIn(argv, name);
  return text === undefined ? undefined : wholeNumber(name, text, low, high);
}

function wholeNumber(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= low && value <= high) return value;
  throw new UsageError(`--${name} must be a whole number from ${low} to ${high}, not "${text}"`);
}

function tell(
  { protocol, domains, harvest, planned, finds, find, seconds }: Result,
  path: string,
): string[] {
  const { schedules, messages, decisions } = harvest;
  const cut = schedules < planned && find === undefined ? ` of ${planned}, interrupted` : "";
  return [
    `${protocol}${domains === 1 ? "" : ` in ${domains} domains`}: ${schedules} schedules${cut} in ${seconds.toFixed(1)} s, ${messages} messages, ${decisions} decisions`,
    countsTable("reached", harvest.coverage, schedules),
    countsTable("failed as", harvest.fired, schedules),
    ...tellMissed(protocol, harvest.coverage),
    ...tellUnfired(groundFor(protocol).scenes, harvest.fired),
    ...(find === undefined ? ["Nothing found."] : tellFind(find, finds, path)),
    "",
  ];
}

function countsTable(
  what: string,
  counts: Readonly<Record<string, number>>,
  schedules: number,
): string {
  const table = new CliTable({ head: [what, "schedules", "share"], style: plain });
  const rows = Object.entries(counts).sort(([, a], [, b]) => b - a);
  for (const [name, count] of rows) {
    table.push([name, String(count), `${((100 * count) / schedules).toFixed(1)} %`]);
  }
  return table.toString();
}

const plain = { head: [], border: [] };

function tellFind(find: Find, finds: number, path: string): string[] {
  const { schedule, broken, reasons } = find;
  const promise = isPromised(find, promisesOf(schedule.protocol)) ? "promised" : "not promised";
  return [
    `Found ${finds}: ${broken} broken (${promise} by ${schedule.protocol}), seed ${schedule.seed}`,
    ...reasons.map((reason) => `  ${reason}`),
    `${schedule.events.length} events are left:`,
    ...describeSchedule(schedule),
    ...replay(schedule, undefined, diagramRows).diagram,
    `Again: quorumlab replay ${path}`,
  ];
}
