/**
 * Kills processes of a running cluster with kill -9 and starts them again from their disks, again and
 * again under load; then judges all that was said, executed and acknowledged.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { NodeId } from "../../core/ids.ts";
import type { Random } from "../../core/random.ts";
import { createRandom } from "../../sim/random.ts";
import { timeoutMsFor } from "../cell.ts";
import type { ClusterSpec } from "../cluster.ts";
import { directoryOf } from "../clusters/assembly.ts";
import { readJournal } from "../clusters/journal.ts";
import { type ProcessCluster, startProcessCluster } from "../clusters/process-cluster.ts";
import { newTimestamp } from "../clusters/standing.ts";
import { protocolNamed } from "../protocols.ts";
import { Contact } from "./contact.ts";
import { type Judgement, judge } from "./judgement.ts";
import { Writers } from "./writers.ts";

export interface CrashesOptions {
  readonly n: number;
  /** Processes that are killed in one round. */
  readonly atOnce: number;
  readonly rounds: number;
  readonly seed: number;
  /** Of nodes and clients: on a machine that is busy with other things, longer than usual. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Told after each round. */
  progress(round: number): void;
}

export interface CrashesReport extends Judgement {
  readonly n: number;
  readonly atOnce: number;
  readonly rounds: number;
  readonly kills: number;
  readonly acknowledged: number;
  /** Writes of which nobody knows whether they were executed: their node was killed, or too slow. */
  readonly unanswered: number;
  readonly seconds: number;
  /** Where journals and disks are, if somebody should look at them. */
  readonly evidence: string | undefined;
}

const writerCount = 4;
/** When nobody says: twice what measured clusters get, as processes that start take the cores. */
export const usualTimeoutMs = (n: number): number => 2 * Math.ceil(timeoutMsFor(n));

/** A request lives through a few view changes. */
const patienceOf = ({ n, timeoutMs = usualTimeoutMs(n) }: CrashesOptions): number => 6 * timeoutMs;

/** Time for a process to start on a busy machine, and for many view changes. */
const longestWaitOf = (options: CrashesOptions): number =>
  Math.max(60_000, 10 * patienceOf(options));

// Longest pause before a kill, and before a restart.
const longestLifeMs = 400;
const longestDeathMs = 300;

/** Everything that a run is made of. */
interface Stage {
  readonly options: CrashesOptions;
  readonly cluster: ProcessCluster;
  readonly contact: Contact;
  readonly writers: Writers;
  readonly members: readonly NodeId[];
  readonly down: Set<NodeId>;
  readonly random: Random;
}

export async function runCrashes(options: CrashesOptions): Promise<CrashesReport> {
  const folder = await mkdtemp(join(tmpdir(), "quorumlab-crashes-"));
  const journalOf = (id: NodeId) => join(folder, `${id}.jsonl`);
  const startedMs = performance.now();
  const spec = specOf(options, join(folder, "disks"));
  const settings = {
    firstTimestamp: newTimestamp,
    limits: { patienceMs: patienceOf(options) },
  };
  const cluster = await startProcessCluster(spec, settings, journalOf);
  const stage = stageOf(options, spec, cluster);
  const { members, writers, contact } = stage;
  const problems: string[] = [];
  let rounds = 0;
  try {
    while (rounds < options.rounds && !options.signal.aborted && problems.length === 0) {
      problems.push(...(await playRound(stage)));
      rounds += 1;
      options.progress(rounds);
    }
    await writers.stop();
    problems.push(...(await endAsOne(stage)));
  } finally {
    await contact.close();
    await cluster.close();
  }
  const journals = new Map(members.map((id) => [id, readJournal(journalOf(id))]));
  const { submissions, acknowledged } = writers;
  const judgement = judge({ journals, submissions, acknowledged });
  const violations = [...judgement.violations, ...problems];
  if (violations.length === 0) await rm(folder, { recursive: true });
  return {
    ...judgement,
    violations,
    n: options.n,
    atOnce: options.atOnce,
    rounds,
    kills: rounds * options.atOnce,
    acknowledged: acknowledged.length,
    unanswered: submissions.length - acknowledged.length,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    evidence: violations.length === 0 ? undefined : folder,
  };
}

/** A small K, so that checkpoints, truncation and state transfer happen in every few rounds. */
const specOf = (
  { n, seed, timeoutMs = usualTimeoutMs(n) }: CrashesOptions,
  dataDir: string,
): ClusterSpec => ({
  protocol: protocolNamed("pbft"),
  n,
  seed,
  clients: writerCount,
  transport: "http",
  place: "processes",
  auth: "ed25519",
  service: "kv",
  coalesce: "none",
  settings: { batch: 8, timeoutMs, checkpointInterval: 16 },
  faults: [],
  // Below the ports that the system lends out: one that is free for a moment stays free.
  basePort: 12_000 + ((process.pid + seed) % 18_000),
  bind: "127.0.0.1",
  hasControl: false,
  network: "lan",
  dataDir,
});

function stageOf(options: CrashesOptions, spec: ClusterSpec, cluster: ProcessCluster): Stage {
  const members = cluster.members.map(({ id }) => id);
  const directory = directoryOf(spec);
  const contact = new Contact(cluster.members, (id) => directory.clientsAt(id));
  const down = new Set<NodeId>();
  const random = createRandom(options.seed).fork("crashes");
  const writers = new Writers({
    count: writerCount,
    random: random.fork("writers"),
    standing: () => members.filter((id) => !down.has(id)),
    clientAt: (node, lane) => directory.clientsAt(node)[lane] ?? "",
    submit: (node, lane, operation) => contact.submit(node, lane, operation, patienceOf(options)),
  });
  return { options, cluster, contact, writers, members, down, random };
}

/** Some die at any moment and come back a little later; then something must be acknowledged again. */
async function playRound(stage: Stage): Promise<readonly string[]> {
  const { options, cluster, contact, writers, members, down, random } = stage;
  await pause(random.integer(0, longestLifeMs));
  const victims = random.sample(members, options.atOnce);
  for (const id of victims) down.add(id);
  await Promise.all(victims.map((id) => cluster.kill(id)));
  await pause(random.integer(0, longestDeathMs));
  await Promise.all(victims.map((id) => cluster.restart(id)));
  for (const id of victims) {
    if ((await contact.status(id)) === undefined)
      return [`${id} does not answer after its restart`];
    down.delete(id);
  }
  const longestWaitMs = longestWaitOf(options);
  const late = pause(longestWaitMs, "late" as const, { ref: false });
  if ((await Promise.race([writers.more(), late])) !== "late") return [];
  return [`nothing was acknowledged for ${longestWaitMs} ms after ${victims.join(", ")} came back`];
}

/** Everybody up: with a little more to do they must all come to the same state. */
async function endAsOne(stage: Stage): Promise<readonly string[]> {
  const { options, contact, members, writers } = stage;
  const untilMs = performance.now() + longestWaitOf(options);
  let states: readonly string[] = [];
  for (let count = 0; performance.now() < untilMs; count += 1) {
    // A read is a request like any other: whoever is behind hears of it.
    const node = members[count % members.length] ?? "";
    await writers.read(node);
    const all = await Promise.all(members.map((id) => contact.status(id)));
    states = all.map((status) => `${status?.slot} ${status?.["history"]}`);
    if (new Set(states).size === 1) return [];
  }
  return [
    `the replicas do not end equal: ${members.map((id, at) => `${id} ${states[at]}`).join(", ")}`,
  ];
}
