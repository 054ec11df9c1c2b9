/**
 * The floor below the cells of a run: what the posts and signatures of a request cost on this machine
 * if nobody did anything else, measured when the run ends, beside what was reached.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import type { CellSummary } from "../cell-summary.ts";
import { count, figure } from "../output/figures.ts";
import { left, right, terminalTable } from "../output/terminal-table.ts";
import { oneConnection, startBarePosts } from "./bare-post.ts";
import { barePostMs, signatureMs } from "./limits.ts";

export interface Floor {
  readonly cell: string;
  readonly posts: number;
  readonly bytesPerPost: number;
  readonly barePostMs: number;
  readonly signatures: number;
  readonly verifications: number;
  readonly signMs: number;
  readonly verifyMs: number;
  /** Of one request, on one core. */
  readonly floorMs: number;
  readonly throughputPerS: number | undefined;
  /** Closed loop only: what was reached of what the floor allows. */
  readonly share: number | undefined;
  readonly cpuMs: number | undefined;
}

/** The post to `/preprepare` that asks for a round; nodes count only what they post themselves. */
const entryPosts = 1;
const signedTextBytes = 100;
export const floorTimeMs = 500;

/** One for each cell over HTTP in one process: elsewhere posts and signatures share no core. */
export async function measureFloors(
  summaries: readonly CellSummary[],
  timeMs = floorTimeMs,
): Promise<readonly Floor[]> {
  const { signMs, verifyMs } = await signatureMs({ bytes: signedTextBytes, timeMs });
  const floors: Floor[] = [];
  for (const summary of summaries) {
    const { cell } = summary;
    if (cell.transport !== "http" || cell.place !== "in-process") continue;
    // Nothing was accepted: nobody knows what a request costs.
    if (summary.median("posts_per_request") === undefined) continue;
    const traffic = trafficOf(summary);
    // Requests overlap, so posts of many rounds travel together: no dearer post is a floor.
    const bare = await startBarePosts(oneConnection);
    try {
      const bareMs = await barePostMs({ bytes: traffic.bytesPerPost, timeMs }, bare);
      floors.push(floorOf(summary, traffic, { bareMs, signMs, verifyMs }));
    } finally {
      await bare.close();
    }
  }
  return floors;
}

function trafficOf(summary: CellSummary) {
  const of = (column: string) => summary.median(column) ?? Number.NaN;
  const posts = of("posts_per_request");
  // What stands for a signature where nobody signs is counted as one, and costs nothing.
  const isSigned = summary.cell.auth !== "none";
  return {
    posts: posts + entryPosts,
    bytesPerPost: of("bytes_per_request") / posts,
    signatures: isSigned ? of("signatures_per_request") : 0,
    verifications: isSigned ? of("verifications_per_request") : 0,
  };
}

export interface UnitCosts {
  readonly bareMs: number;
  readonly signMs: number;
  readonly verifyMs: number;
}

export function floorOf(
  summary: CellSummary,
  traffic: ReturnType<typeof trafficOf>,
  { bareMs, signMs, verifyMs }: UnitCosts,
): Floor {
  const { cell } = summary;
  const { posts, signatures, verifications } = traffic;
  const floorMs = posts * bareMs + signatures * signMs + verifications * verifyMs;
  const throughputPerS = summary.median("throughput_per_s");
  const isFull = cell.rate === 0 && throughputPerS !== undefined;
  return {
    cell: cell.name,
    ...traffic,
    barePostMs: bareMs,
    signMs,
    verifyMs,
    floorMs,
    throughputPerS,
    share: isFull ? (throughputPerS * floorMs) / 1000 : undefined,
    cpuMs: summary.median("cpu_ms_per_request"),
  };
}

export const floorFile = "floor.csv";

/** Beside the other tables of the run. */
export function writeFloors(folder: string, floors: readonly Floor[]): void {
  const head = ["cell", "posts", "bytes_per_post", "bare_post_ms", "signatures", "verifications"];
  const rest = ["sign_ms", "verify_ms", "floor_ms", "throughput_per_s", "share", "cpu_ms"];
  const rows = floors.map((floor) => [
    ...[floor.cell, floor.posts, floor.bytesPerPost, floor.barePostMs],
    ...[floor.signatures, floor.verifications, floor.signMs, floor.verifyMs],
    ...[floor.floorMs, floor.throughputPerS, floor.share, floor.cpuMs],
  ]);
  writeFileSync(join(folder, floorFile), stringify([[...head, ...rest], ...rows]));
}

const columns = [
  left("cell"),
  ...["posts", "bytes a post", "bare post µs", "signed/checked", "floor ms", "allows/s"].map(right),
  ...["reached/s", "of the floor", "CPU ms"].map(right),
];

export function floorTable(floors: readonly Floor[]): string {
  const rows = floors.map((floor) => [
    floor.cell,
    figure(floor.posts),
    figure(floor.bytesPerPost),
    figure(1000 * floor.barePostMs),
    `${figure(floor.signatures)} / ${figure(floor.verifications)}`,
    figure(floor.floorMs),
    count(Math.round(1000 / floor.floorMs)),
    figure(floor.throughputPerS),
    floor.share === undefined ? "–" : `${Math.round(100 * floor.share)} %`,
    figure(floor.cpuMs),
  ]);
  return [
    terminalTable(columns, rows),
    "floor: posts × a bare post of the same size + signatures × their cost alone, of one request, on one core · CPU ms: of all",
    "of the floor: what the closed loop reached of what the floor allows; an open loop offers less than there is",
  ].join("\n");
}
