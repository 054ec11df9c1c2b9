/** A child process with one node in it: started, told what to do, and ended by its id only. */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { UsageError } from "../../core/assert.ts";
import type { NodeId } from "../../core/ids.ts";
import { loaderArguments, ownModule } from "../own-modules.ts";
import type { Answer, Order } from "./orders.ts";

// How long a child may take to leave before it is made to.
const patienceMs = 5000;

const program = new URL("./node-process", import.meta.url);

/** Starts one of our programs, named without its ending: that differs in the package. */
export function forked(module: URL): ChildProcess {
  return fork(fileURLToPath(ownModule(module)), {
    execArgv: loaderArguments(),
    // A time of Infinity gets through like this.
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
}

export class Child {
  readonly id: NodeId;
  readonly #process: ChildProcess;

  constructor(id: NodeId) {
    this.id = id;
    this.#process = forked(program);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** Gives an order and waits for its answer; an error when the child fails or dies over it. */
  order(order: Order): Promise<Answer> {
    const child = this.#process;
    return new Promise((resolve, reject) => {
      const settle = (answer: Answer) => {
        child.off("message", settle);
        child.off("exit", onExit);
        if (answer.kind !== "failed") resolve(answer);
        else if (answer.isUsage === true) reject(new UsageError(answer.message));
        else reject(new Error(`process of ${this.id}: ${answer.message}`));
      };
      const onExit = () => settle({ kind: "failed", message: "it ended" });
      if (this.hasEnded) return onExit();
      child.on("message", settle);
      child.on("exit", onExit);
      // Whoever cannot be told anything any more is about to exit.
      child.send(order, () => {});
    });
  }

  /** Ends it as a power cut would: it gets no chance to do anything about it. */
  async kill(): Promise<void> {
    if (this.hasEnded) return;
    const gone = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await gone;
  }

  /** Asks it to leave, and makes it leave if it does not. */
  async end(): Promise<void> {
    const child = this.#process;
    if (this.hasEnded) return;
    const gone = once(child, "exit");
    const timer = setTimeout(() => child.kill("SIGKILL"), patienceMs);
    if (child.connected) child.send({ kind: "close" } satisfies Order, () => {});
    else child.kill("SIGKILL");
    await gone;
    clearTimeout(timer);
  }

  get hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
