/** Every participant in a process of its own, over real HTTP, driven through its terminal. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { NodeId } from "../../core/ids.ts";
import { Peers } from "../../host/peers.ts";
import { addTraffic, manyVoices, noTraffic, type Traffic, untilQuiet } from "../../host/quiet.ts";
import { refusingUrls } from "../clusters/ports.ts";
import { clientId, nameOf } from "./machine/names.ts";
import type { PackedOptions } from "./participant.ts";
import type { Said, Stage } from "./stage.ts";
import { error, plain } from "./wording.ts";

export interface ProcessStageOptions {
  readonly n: number;
  readonly seed: number;
  /** Where checkpoints are written. */
  readonly out: string;
}

// How long all that a command causes may take.
const patienceMs = 20_000;

export async function startProcessStage(options: ProcessStageOptions): Promise<ProcessStage> {
  const replicas = Array.from({ length: options.n }, (_, index) => `r${index}`);
  const participants = [...replicas, clientId];
  const free = participants.map((id) => [id, 0] as const);
  const urls = new Map(await refusingUrls(free, "127.0.0.1"));
  const programs = new Map(participants.map((id) => [id, new Program(id, urls, options)] as const));
  const stage = new ProcessStage(programs, urls);
  try {
    await Promise.all([...programs.values()].map((program) => program.flush()));
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

export class ProcessStage implements Stage {
  readonly participants: readonly NodeId[];
  readonly urls: ReadonlyMap<NodeId, string>;
  readonly #programs: ReadonlyMap<NodeId, Program>;
  readonly #peers: Peers;

  constructor(programs: ReadonlyMap<NodeId, Program>, urls: ReadonlyMap<NodeId, string>) {
    this.#programs = programs;
    this.participants = [...programs.keys()];
    this.urls = urls;
    this.#peers = new Peers((id) => urls.get(id));
  }

  promptOf(id: NodeId): string {
    return this.#programs.get(id)?.prompt ?? "";
  }

  async type(id: NodeId, line: string): Promise<readonly Said[]> {
    const program = this.#programs.get(id);
    if (program === undefined || program.hasEnded) {
      return [{ id, lines: [error(`${nameOf(id)} has left`)] }];
    }
    program.write(line);
    await program.flush();
    await untilQuiet(() => this.#traffic(), patienceMs, manyVoices);
    await Promise.all(this.#living.map((one) => one.flush()));
    return this.participants.flatMap((one) => {
      const lines = this.#programs.get(one)?.takeLines() ?? [];
      return lines.length === 0 ? [] : [{ id: one, lines: lines.map(plain) }];
    });
  }

  async close(): Promise<void> {
    await this.#peers.close();
    await Promise.all([...this.#programs.values()].map((program) => program.end()));
  }

  get #living(): readonly Program[] {
    return [...this.#programs.values()].filter(({ hasEnded }) => !hasEnded);
  }

  /** Whoever plays dead says nothing, and nothing is on its way to it for long. */
  async #traffic(): Promise<Traffic> {
    const all = await Promise.all(
      this.#living.map(({ id }) => this.#peers.read<Traffic>(id, "/traffic")),
    );
    return all.reduce<Traffic>((sum, one) => addTraffic(sum, one ?? noTraffic), noTraffic);
  }
}

/** A child process with a console in it: told what is typed, read until its prompt comes back. */
class Program {
  readonly id: NodeId;
  prompt: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #lines: string[] = [];
  #complaints = "";
  #onPrompt: (() => void) | undefined;
  readonly #gone: Promise<unknown>;

  constructor(id: NodeId, urls: ReadonlyMap<NodeId, string>, options: ProcessStageOptions) {
    this.id = id;
    this.prompt = `${nameOf(id)}> `;
    const packed: PackedOptions = { id, ...options, urls: [...urls] };
    this.#child = spawn(process.execPath, [...program(), JSON.stringify(packed)]);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints += text;
    });
    // Whoever leaves does not read on.
    this.#child.stdin.on("error", () => {});
    this.#gone = once(this.#child, "exit");
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** All that was typed is carried out, and what was said about it has arrived; or it has left. */
  async flush(): Promise<void> {
    if (this.hasEnded) return;
    const prompted = new Promise<void>((resolve) => {
      this.#onPrompt = resolve;
    });
    this.write("");
    await Promise.race([prompted, this.#gone]);
    if (this.hasEnded && this.#child.exitCode !== 0) {
      throw new Error(`the console of ${nameOf(this.id)} ended: ${this.#complaints.trim()}`);
    }
  }

  takeLines(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), patienceMs);
    await this.#gone;
    clearTimeout(timer);
  }

  #hear(line: string): void {
    if (!/^(?:P\d+|client|data)> $/.test(line)) {
      this.#lines.push(line);
      return;
    }
    this.prompt = line;
    this.#onPrompt?.();
  }
}

const isSource = import.meta.url.endsWith(".ts");

/** One participant and nothing else of this program, which starts in half the time. */
function program(): readonly string[] {
  const file = `./participant.${isSource ? "ts" : "js"}`;
  const path = fileURLToPath(new URL(file, import.meta.url));
  if (!isSource) return [path];
  const loader = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  return ["--import", loader, path];
}
