/**
 * Posts between nodes: one bounded pool of keep-alive connections for each receiver, shared by
 * everybody in this process. A post that does not arrive is counted with its reason, never thrown.
 */

import { type Dispatcher, Pool } from "undici";
import type { Tally } from "./tally.ts";

export interface PostOfficeOptions {
  /** Connections to one receiver. */
  readonly connections: number;
  /** Posts to one receiver that may be under way or wait; what is more is lost. */
  readonly mostWaiting: number;
  /** How long a receiver may take to answer. */
  readonly timeoutMs: number;
}

export const usualPostOffice: PostOfficeOptions = {
  connections: 1,
  mostWaiting: 20_000,
  timeoutMs: 60_000,
};

/** Where a post goes. */
export interface Destination {
  /** `http://127.0.0.1:7000` */
  readonly origin: string;
  readonly path: string;
}

/** What is posted, and on whose account. */
export interface Parcel {
  readonly body: Buffer;
  readonly messages: number;
  /** How many of them are no control messages. */
  readonly counted: number;
  readonly tally: Tally;
}

// Posts that may travel on one connection before the first is answered.
const pipelining = 10;
const headers = ["content-type", "application/json"];

export class PostOffice {
  readonly #options: PostOfficeOptions;
  readonly #counters = new Map<string, Counter>();

  constructor(options: PostOfficeOptions = usualPostOffice) {
    this.#options = options;
  }

  /** Sends it on its way. `parcel.counted` messages count as under way until they are answered. */
  post({ origin, path }: Destination, parcel: Parcel): void {
    const { tally, body } = parcel;
    tally.posts += 1;
    tally.bytes += body.length;
    tally.underWay += parcel.counted;
    const counter = this.#counterOf(origin);
    if (counter.waiting >= this.#options.mostWaiting) {
      return settle(parcel, () => tally.lose(parcel.messages, "too many waiting"));
    }
    counter.waiting += 1;
    const post = new Post(parcel, counter);
    // Posts are answered before they are handled, so none holds up the next on its connection.
    const request = { path, method: "POST", body, headers, idempotent: true, blocking: false };
    counter.pool.dispatch(request, post);
  }

  /** Closes all connections. What is still under way is lost. */
  async close(): Promise<void> {
    const pools = [...this.#counters.values()].map(({ pool }) => pool);
    this.#counters.clear();
    await Promise.all(pools.map((pool) => pool.destroy()));
  }

  #counterOf(origin: string): Counter {
    const known = this.#counters.get(origin);
    if (known !== undefined) return known;
    const { connections, timeoutMs } = this.#options;
    const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    const pool = new Pool(origin, { connections, pipelining, ...timeouts });
    const counter = { pool, waiting: 0 };
    this.#counters.set(origin, counter);
    return counter;
  }
}

interface Counter {
  readonly pool: Pool;
  waiting: number;
}

/**
 * One post and its answer. These are the names that undici calls without wrapping them: one object
 * less for each message.
 */
class Post implements Dispatcher.DispatchHandler {
  readonly #parcel: Parcel;
  readonly #counter: Counter;
  #status = 0;

  constructor(parcel: Parcel, counter: Counter) {
    this.#parcel = parcel;
    this.#counter = counter;
  }

  onConnect(): void {}

  onHeaders(status: number): boolean {
    this.#status = status;
    return true;
  }

  onData(): boolean {
    return true;
  }

  onComplete(): void {
    const { tally, messages } = this.#parcel;
    this.#settle(() => {
      if (this.#status === unauthorized) tally.turnAway(messages, this.#status);
      else if (this.#status !== accepted) tally.lose(messages, `status ${this.#status}`);
    });
  }

  onError(error: Error): void {
    const { tally, messages } = this.#parcel;
    this.#settle(() => tally.lose(messages, reasonOf(error)));
  }

  #settle(count: () => void): void {
    this.#counter.waiting -= 1;
    settle(this.#parcel, count);
  }
}

const accepted = 202;
const unauthorized = 401;

function settle({ tally, counted }: Parcel, count: () => void): void {
  tally.underWay -= counted;
  count();
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection reset"],
  ["UND_ERR_SOCKET", "connection reset"],
  ["UND_ERR_CONNECT_TIMEOUT", "timed out"],
  ["UND_ERR_HEADERS_TIMEOUT", "timed out"],
  ["UND_ERR_BODY_TIMEOUT", "timed out"],
  ["UND_ERR_DESTROYED", "the sender closed"],
  ["UND_ERR_CLOSED", "the sender closed"],
]);

function reasonOf(error: Error): string {
  const code = "code" in error && typeof error.code === "string" ? error.code : error.name;
  return reasons.get(code) ?? code;
}
