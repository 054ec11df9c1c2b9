/** What this machine can do at best: bare posts, signatures, hashes, encodings, timed by tinybench. */

import { Bench, type Task } from "tinybench";
import { canonical, type Json } from "../../core/encoding.ts";
import { createKeyring, digestOf } from "../../host/crypto.ts";
import { asInARound, type BarePosts, oneConnection, startBarePosts } from "./bare-post.ts";

export interface Limit {
  readonly name: string;
  /** Median and 99th percentile of one operation. */
  readonly p50Us: number;
  readonly p99Us: number;
  readonly perSecond: number;
  readonly samples: number;
}

export interface LimitsOptions {
  /** Bytes of a message's body. */
  readonly bytes: number;
  /** How long each is tried. */
  readonly timeMs: number;
}

// Many fast operations make one sample: a clock ticks too slowly for a single one.
const postsInASample = 200;
const hashesInASample = 200;
const signaturesInASample = 10;
const signersInACluster = 31;
const smallestCluster = 4;

export const signName = "Ed25519 sign";
export const verifyName = "Ed25519 verify";

export async function measureLimits(options: LimitsOptions): Promise<readonly Limit[]> {
  const together = await startBarePosts(oneConnection);
  const spread = await startBarePosts(asInARound(smallestCluster));
  try {
    return await timed(options, (bench) => {
      addPosts(bench, options, together, "on one connection");
      addPosts(bench, options, spread, `as in a round of ${smallestCluster}`);
      addSignatures(bench, options);
      addEncodings(bench, options);
    });
  } finally {
    await Promise.all([together.close(), spread.close()]);
  }
}

/** The cost of one bare post, in ms. */
export async function barePostMs(options: LimitsOptions, posts: BarePosts): Promise<number> {
  const [limit] = await timed(options, (bench) => addPosts(bench, options, posts, "bare"));
  return costMs(limit);
}

/** The costs of one signature and of one check, in ms: one after the other, or each after a post. */
export async function signatureMs(options: LimitsOptions, posts?: BarePosts) {
  const [sign, verify] = await timed(options, (bench) => addSignatures(bench, options, posts));
  return { signMs: costMs(sign), verifyMs: costMs(verify) };
}

const costMs = (limit: Limit | undefined): number => (limit?.p50Us ?? Number.NaN) / 1000;

async function timed(
  { timeMs }: LimitsOptions,
  add: (bench: Bench) => void,
): Promise<readonly Limit[]> {
  const bench = new Bench({ time: timeMs, iterations: 10, warmupTime: timeMs / 4, throws: true });
  add(bench);
  return (await bench.run()).map(limitOf);
}

function addPosts(bench: Bench, { bytes }: LimitsOptions, posts: BarePosts, where: string): void {
  const body = Buffer.from(JSON.stringify(messageOf(bytes)));
  const post = async () => {
    const startMs = performance.now();
    const count = await posts.post(body, postsInASample);
    return sampleOf(performance.now() - startMs, count);
  };
  bench.add(`HTTP post ${where}, ${bytes} bytes`, post, { async: true });
}

function addSignatures(bench: Bench, { bytes }: LimitsOptions, posts?: BarePosts): void {
  const keyring = createKeyring({ auth: "ed25519", seed: 1, knows: () => true });
  const filler = JSON.stringify(messageOf(bytes));
  // Many keys and texts, as in a cluster: a single one would stay in every cache.
  const signers = Array.from({ length: signersInACluster }, (_, index) => {
    const { sign, verify } = keyring.cryptoOf(`r${index}`);
    const text = `${index}${filler}`;
    const signature = sign(text);
    return { sign: () => sign(text), verify: () => verify(`r${index}`, text, signature) };
  });
  let turn = 0;
  const next = () => {
    turn += 1;
    return signers[turn % signers.length];
  };
  const add = posts === undefined ? addMany : addAfterPosts(posts, Buffer.from(filler));
  add(bench, signName, signaturesInASample, () => next()?.sign());
  add(bench, verifyName, signaturesInASample, () => next()?.verify());
}

/** A post drives from the processor's caches what the last signature left there; only the call itself is timed. */
const addAfterPosts =
  (posts: BarePosts, body: Buffer): typeof addMany =>
  (bench, name, count, run) => {
    const runMany = async () => {
      const startMs = performance.now();
      let spentMs = 0;
      for (let done = 0; done < count; done += 1) {
        await posts.post(body, 1);
        const runMs = performance.now();
        run();
        spentMs += performance.now() - runMs;
      }
      const { overriddenIterationCost } = sampleOf(performance.now() - startMs, count);
      return { overriddenDuration: spentMs / count, overriddenIterationCost };
    };
    bench.add(name, runMany, { async: true });
  };

function addEncodings(bench: Bench, { bytes }: LimitsOptions): void {
  const message = messageOf(bytes);
  const text = JSON.stringify(message);
  addMany(bench, `SHA-256, ${bytes} bytes`, hashesInASample, () => digestOf(text));
  addMany(bench, `JSON encode, ${bytes} bytes`, hashesInASample, () => JSON.stringify(message));
  addMany(bench, `JSON decode, ${bytes} bytes`, hashesInASample, () => JSON.parse(text));
  addMany(bench, `canonical encode, ${bytes} bytes`, hashesInASample, () => canonical(message));
}

function addMany(bench: Bench, name: string, count: number, run: () => unknown): void {
  const runMany = () => {
    const startMs = performance.now();
    for (let done = 0; done < count; done += 1) run();
    return sampleOf(performance.now() - startMs, count);
  };
  bench.add(name, runMany, { async: false });
}

/** The mean of many is one sample; the time that all of them took counts against the budget. */
const sampleOf = (elapsedMs: number, count: number) => ({
  overriddenDuration: elapsedMs / count,
  overriddenIterationCost: elapsedMs,
});

function limitOf({ name, result }: Task): Limit {
  if (!("latency" in result)) throw new Error(`${name} was not measured: ${result.state}`);
  const { p50, p99, samplesCount } = result.latency;
  return {
    name,
    p50Us: 1000 * p50,
    p99Us: 1000 * p99,
    perSecond: 1000 / p50,
    samples: samplesCount,
  };
}

/** Shaped like a message of a protocol: some short fields, and text that fills it up. */
function messageOf(bytes: number): Json {
  const fields = { kind: "prepare", view: 0, sequence: 1, replica: "r1" };
  const empty = JSON.stringify({ ...fields, text: "" }).length;
  return { ...fields, text: "x".repeat(Math.max(0, Math.round(bytes) - empty)) };
}
