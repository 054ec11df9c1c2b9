/**
 * Whether the house is in the way: the time of a round over HTTP against what its posts and signatures
 * cost at least on this machine, as ratios within one run.
 */

import { specOf } from "../cell.ts";
import type { AuthName, Cluster } from "../cluster.ts";
import { costsBetween } from "../meters/costs.ts";
import { oneCell } from "../options/one-cell.ts";
import type { StartCluster } from "../runner.ts";
import { medianOf } from "../statistics/median.ts";
import { operationsOf, runClosedLoop } from "../workload.ts";
import {
  asInARound,
  type BarePosts,
  oneByOne,
  oneConnection,
  startBarePosts,
} from "./bare-post.ts";
import { barePostMs, signatureMs } from "./limits.ts";

/** A drained round may cost this many times its bare posts. */
export const mostOverPosts = 2;
/** Signatures may cost this many times what they cost alone. */
export const mostOverSignatures = 1.2;

export interface SpeedCheck {
  readonly n: number;
  readonly posts: number;
  readonly bytesPerPost: number;
  /** A bare post among as many, in the very phases of the round. */
  readonly barePostUs: number;
  /** A bare post among hundreds on one connection: nothing over HTTP is cheaper. */
  readonly bestPostUs: number;
  /** Without signatures, from the request until nothing is under way. */
  readonly roundMs: number;
  /** Round over posts × bare post. */
  readonly overPosts: number;
  /** Round over posts × best post. */
  readonly overBestPosts: number;
  readonly signatures: number;
  readonly verifications: number;
  readonly signedRoundMs: number;
  /** What signing added, over signatures and checks × their cost after a post. */
  readonly overSignatures: number;
  /** The same over their cost one after the other, with nothing between them. */
  readonly overBestSignatures: number;
}

export interface SpeedCheckOptions {
  readonly protocol: string;
  readonly n: number;
  readonly repetitions: number;
  readonly start: StartCluster;
  readonly signal: AbortSignal;
}

/** Rounds in one turn: enough of them to last about as long at every size. */
const roundsFor = (n: number): number => Math.max(1, Math.round(640 / n ** 2));
// The engine compiles what runs often: rounds get twice as fast within their first seconds.
const warmUpMs = 3000;
/** The post to `/preprepare` that asks for a round; nodes count only what they post themselves. */
const entryPosts = 1;
const limitTimeMs = 100;
const signedTextBytes = 100;

/**
 * Rounds without and with signatures, bare posts and bare signatures take short turns, so that whatever
 * else this machine does meets all of them alike; each turn has its ratios, and their median counts.
 */
export async function checkSpeed(options: SpeedCheckOptions): Promise<SpeedCheck> {
  const open: OpenCluster[] = [];
  const floors = {
    bare: await startBarePosts(asInARound(options.n)),
    best: await startBarePosts(oneConnection),
    single: await startBarePosts(oneByOne),
  };
  try {
    const plain = await openCluster(options, "none");
    open.push(plain);
    const signed = await openCluster(options, "ed25519");
    open.push(signed);
    const tries: Try[] = [];
    for (let turn = 0; turn < options.repetitions && !options.signal.aborted; turn += 1) {
      tries.push(await tryOnce(plain, signed, floors));
    }
    return summaryOf(options.n, tries);
  } finally {
    await Promise.all(open.map(({ cluster }) => cluster.close()));
    await Promise.all([floors.bare.close(), floors.best.close(), floors.single.close()]);
  }
}

async function tryOnce(plain: OpenCluster, signed: OpenCluster, floors: Floors): Promise<Try> {
  const plainRound = await plain.turn();
  const bytes = plainRound.bytes / plainRound.posts;
  const bareMs = await barePostMs({ bytes, timeMs: limitTimeMs }, floors.bare);
  const bestMs = await barePostMs({ bytes, timeMs: limitTimeMs }, floors.best);
  const signedRound = await signed.turn();
  const text = { bytes: signedTextBytes, timeMs: limitTimeMs };
  const { signatures, verifications } = signedRound;
  const costOf = ({ signMs, verifyMs }: Awaited<ReturnType<typeof signatureMs>>) =>
    signatures * signMs + verifications * verifyMs;
  const afterPosts = costOf(await signatureMs(text, floors.single));
  const alone = costOf(await signatureMs(text));
  return { plain: plainRound, signed: signedRound, bareMs, bestMs, afterPosts, alone };
}

function summaryOf(n: number, tries: readonly Try[]): SpeedCheck {
  const middle = (of: (one: Try) => number) => medianOf(tries.map(of)) ?? Number.NaN;
  return {
    n,
    posts: middle(({ plain }) => plain.posts),
    bytesPerPost: middle(({ plain }) => plain.bytes / plain.posts),
    barePostUs: middle(({ bareMs }) => 1000 * bareMs),
    bestPostUs: middle(({ bestMs }) => 1000 * bestMs),
    roundMs: middle(({ plain }) => plain.ms),
    overPosts: middle(({ plain, bareMs }) => plain.ms / (plain.posts * bareMs)),
    overBestPosts: middle(({ plain, bestMs }) => plain.ms / (plain.posts * bestMs)),
    signatures: middle(({ signed }) => signed.signatures),
    verifications: middle(({ signed }) => signed.verifications),
    signedRoundMs: middle(({ signed }) => signed.ms),
    overSignatures: middle(({ plain, signed, afterPosts }) => (signed.ms - plain.ms) / afterPosts),
    overBestSignatures: middle(({ plain, signed, alone }) => (signed.ms - plain.ms) / alone),
  };
}

interface Floors {
  readonly bare: BarePosts;
  readonly best: BarePosts;
  readonly single: BarePosts;
}

interface Try {
  readonly plain: Round;
  readonly signed: Round;
  readonly bareMs: number;
  readonly bestMs: number;
  /** What the signatures of a signed round cost, each after a post, in ms. */
  readonly afterPosts: number;
  /** What they cost alone. */
  readonly alone: number;
}

/** Means over the rounds of one turn. */
interface Round {
  readonly ms: number;
  readonly posts: number;
  readonly bytes: number;
  readonly signatures: number;
  readonly verifications: number;
}

interface OpenCluster {
  readonly cluster: Cluster;
  /** Rounds that follow each other at once; all that they cause is waited for at the end. */
  turn(): Promise<Round>;
}

async function openCluster(options: SpeedCheckOptions, auth: AuthName): Promise<OpenCluster> {
  const { protocol, n, start, signal } = options;
  const count = roundsFor(n);
  const cell = oneCell({ protocol: [protocol], n: [n], auth: [auth] }, "limits");
  const cluster = await start({ ...specOf(cell, 1), isJudged: false });
  const { clients, durationMs, patienceMs, service, payload } = cell;
  let turns = 0;
  const runRounds = async () => {
    turns += 1;
    const operationOf = operationsOf(service, payload, `t${turns}-`);
    const load = { clients, durationMs, patienceMs, requests: count, operationOf };
    await runClosedLoop(cluster, load, noHooks, signal);
    await cluster.drain(patienceMs);
  };
  const turn = async (): Promise<Round> => {
    const before = await cluster.reports();
    const startMs = performance.now();
    await runRounds();
    const elapsedMs = performance.now() - startMs;
    const costs = costsBetween(before, await cluster.reports(), []);
    return {
      ms: elapsedMs / count,
      posts: costs.posts / count + entryPosts,
      bytes: costs.bytes / count,
      signatures: costs.signatures / count,
      verifications: costs.verifications / count,
    };
  };
  const warmAt = performance.now() + warmUpMs;
  while (performance.now() < warmAt && !signal.aborted) await runRounds();
  return { cluster, turn };
}

const noHooks = { sending: () => {}, settled: async () => {} };
