/**
 * Whether the house is in the way: the time of a round over HTTP against what its posts and signatures
 * cost at least on this machine, as ratios within one run.
 */

import { specOf } from "./cell.ts";
import type { AuthName } from "./cluster.ts";
import { costsBetween } from "./costs.ts";
import { barePostMs, signatureMs } from "./limits.ts";
import { oneCell } from "./one-cell.ts";
import type { StartCluster } from "./runner.ts";
import { medianOf } from "./statistics.ts";
import { operationsOf, runClosedLoop } from "./workload.ts";

/** A drained round may cost this many times its bare posts. */
export const mostOverPosts = 2;
/** Signatures may cost this many times what they cost alone. */
export const mostOverSignatures = 1.2;

export interface SpeedCheck {
  readonly n: number;
  readonly posts: number;
  readonly bytesPerPost: number;
  readonly barePostUs: number;
  /** Without signatures, from the request until nothing is under way. */
  readonly roundMs: number;
  /** Round over posts × bare post. */
  readonly overPosts: number;
  readonly signatures: number;
  readonly verifications: number;
  readonly signedRoundMs: number;
  /** What signing added, over signatures and checks × their cost. */
  readonly overSignatures: number;
}

export interface SpeedCheckOptions {
  readonly protocol: string;
  readonly n: number;
  readonly repetitions: number;
  readonly start: StartCluster;
  readonly signal: AbortSignal;
}

/** Rounds in one repetition: enough of them to last about as long at every size. */
const roundsFor = (n: number): number => Math.max(5, Math.min(100, Math.round(1600 / n ** 2)));
const limitTimeMs = 200;
const signedTextBytes = 100;

/** Interleaved: rounds without and with signatures, bare posts and bare signatures take turns. */
export async function checkSpeed(options: SpeedCheckOptions): Promise<SpeedCheck> {
  const tries: Try[] = [];
  for (let repetition = 0; repetition < options.repetitions; repetition += 1) {
    if (options.signal.aborted) break;
    const plain = await roundOf(options, "none");
    const bareMs = await barePostMs({ bytes: plain.bytes / plain.posts, timeMs: limitTimeMs });
    const signed = await roundOf(options, "ed25519");
    const single = await signatureMs({ bytes: signedTextBytes, timeMs: limitTimeMs });
    const alone = signed.signatures * single.signMs + signed.verifications * single.verifyMs;
    tries.push({ plain, signed, bareMs, alone });
  }
  const middle = (of: (one: Try) => number) => medianOf(tries.map(of)) ?? Number.NaN;
  return {
    n: options.n,
    posts: middle(({ plain }) => plain.posts),
    bytesPerPost: middle(({ plain }) => plain.bytes / plain.posts),
    barePostUs: middle(({ bareMs }) => 1000 * bareMs),
    roundMs: middle(({ plain }) => plain.ms),
    overPosts: middle(({ plain, bareMs }) => plain.ms / (plain.posts * bareMs)),
    signatures: middle(({ signed }) => signed.signatures),
    verifications: middle(({ signed }) => signed.verifications),
    signedRoundMs: middle(({ signed }) => signed.ms),
    overSignatures: middle(({ plain, signed, alone }) => (signed.ms - plain.ms) / alone),
  };
}

interface Try {
  readonly plain: Round;
  readonly signed: Round;
  readonly bareMs: number;
  /** What the signatures of a signed round cost alone. */
  readonly alone: number;
}

/** Means over the rounds of one cluster. */
interface Round {
  readonly ms: number;
  readonly posts: number;
  readonly bytes: number;
  readonly signatures: number;
  readonly verifications: number;
}

/** Rounds follow each other at once, and all that they cause is waited for at the end. */
async function roundOf(options: SpeedCheckOptions, auth: AuthName): Promise<Round> {
  const { protocol, n, start, signal } = options;
  const count = roundsFor(n);
  const cell = oneCell({ protocol: [protocol], n: [n], auth: [auth] }, "limits");
  const cluster = await start(specOf(cell, 1));
  const { clients, durationMs, patienceMs, service, payload } = cell;
  const runRounds = async (prefix: string) => {
    const operationOf = operationsOf(service, payload, prefix);
    const load = { clients, durationMs, patienceMs, requests: count, operationOf };
    await runClosedLoop(cluster, load, noHooks, signal);
    await cluster.drain(patienceMs);
  };
  try {
    await runRounds("w");
    const before = await cluster.reports();
    const startMs = performance.now();
    await runRounds("q");
    const elapsedMs = performance.now() - startMs;
    const costs = costsBetween(before, await cluster.reports(), []);
    return {
      ms: elapsedMs / count,
      posts: costs.posts / count,
      bytes: costs.bytes / count,
      signatures: costs.signatures / count,
      verifications: costs.verifications / count,
    };
  } finally {
    await cluster.close();
  }
}

const noHooks = { sending: () => {}, settled: async () => {} };
