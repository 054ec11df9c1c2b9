/**
 * The clients that live at a node: whoever posts an operation there is served by one of them. Posts
 * that come at the same time run as independent clients; when all are busy they wait their turn.
 */

import type { Millis, NodeId, Operation } from "../core/ids.ts";
import type { Lane, RunOutcome } from "./lane.ts";

/** Operations that may wait for a lane. */
export const mostWaiting = 1000;

interface Waiting {
  readonly operation: Operation;
  readonly patienceMs: Millis;
  /** The lane it must run on, where that was asked for. */
  readonly lane: Lane | undefined;
  resolve(outcome: RunOutcome): void;
}

export class Gateway {
  readonly lanes: readonly Lane[];
  readonly #waiting: Waiting[] = [];

  constructor(lanes: readonly Lane[]) {
    this.lanes = lanes;
  }

  get isFull(): boolean {
    return this.#waiting.length >= mostWaiting;
  }

  get load(): { readonly running: number; readonly waiting: number } {
    const running = this.lanes.filter(({ isBusy }) => isBusy).length;
    return { running, waiting: this.#waiting.length };
  }

  laneOf(client: NodeId): Lane | undefined {
    return this.lanes.find(({ participant }) => participant.id === client);
  }

  /** Runs an operation on this lane, or on the first that is free. Time in the queue does not count. */
  run(operation: Operation, patienceMs: Millis, lane?: Lane): Promise<RunOutcome> {
    return new Promise((resolve) => {
      this.#waiting.push({ operation, patienceMs, lane, resolve });
      this.#next();
    });
  }

  /** Ends all clients and whatever they wait for. */
  stop(reason: string): void {
    for (const { resolve, lane } of this.#waiting.splice(0)) {
      const client = (lane ?? this.lanes[0])?.participant.id ?? "";
      const none = { request: undefined, acceptance: undefined, consensusTimeMs: undefined };
      resolve({ client, ...none, reason });
    }
    for (const lane of this.lanes) {
      lane.abandon(reason);
      lane.participant.stop();
    }
  }

  #next(): void {
    for (const [index, waiting] of this.#waiting.entries()) {
      const lane = waiting.lane ?? this.lanes.find(({ isBusy }) => !isBusy);
      if (lane === undefined) return;
      if (lane.isBusy) continue;
      this.#waiting.splice(index, 1);
      void this.#serve(lane, waiting);
      return this.#next();
    }
  }

  async #serve(lane: Lane, { operation, patienceMs, resolve }: Waiting): Promise<void> {
    resolve(await lane.run(operation, patienceMs));
    this.#next();
  }
}
