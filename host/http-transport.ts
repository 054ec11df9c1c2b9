/**
 * The transport of participants that talk over HTTP: encodes each signed message once, however many
 * peers it goes to, and puts several into one post where the run asks for that.
 */

import type { NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { Transport } from "../core/ports.ts";
import type { Destination, PostOffice } from "./post-office.ts";
import type { Tally } from "./tally.ts";

/** Who shares a post: nobody; what one sender has for one receiver; what is for one process. */
export type Coalesce = "none" | "peer" | "host";

/** Where a participant is found. */
export interface Address extends Destination {
  /** Names the process that listens there: equal names, one process. */
  readonly host: string;
}

/** Messages to anybody in a process are posted here, each with the name of its receiver. */
export const relayPath = "/relay";

export interface HttpTransportOptions {
  readonly office: PostOffice;
  readonly coalesce: Coalesce;
  addressOf(id: NodeId): Address | undefined;
  /** Where a process can be reached just now; undefined where that is the address itself. */
  originOf(host: string): string | undefined;
  isControl(kind: string): boolean;
}

/** The transports of all participants in one process. */
export class HttpTransports {
  readonly #options: HttpTransportOptions;
  readonly #bodies = new WeakMap<Signed<Message>, Buffer>();
  readonly #shared = new Map<string, Batch>();

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  /** The transport of one participant, which counts on its tally. */
  transportOf(tally: Tally): Transport<Message> {
    const { coalesce } = this.#options;
    const batches = coalesce === "host" ? this.#shared : new Map<string, Batch>();
    return {
      send: (_from, to, signed) => {
        const address = this.#options.addressOf(to);
        if (address === undefined) return tally.lose(1, "no address");
        const letter = { to, signed, tally, isControl: this.#isControl(signed) };
        if (coalesce === "none") this.#post(address, letter);
        else this.#gather(batches, address, letter);
      },
    };
  }

  #isControl({ message }: Signed<Message>): boolean {
    return this.#options.isControl(message.kind);
  }

  #post(address: Address, { signed, tally, isControl }: Letter): void {
    const counted = isControl ? 0 : 1;
    this.#options.office.post(address, { body: this.#encode(signed), messages: 1, counted, tally });
  }

  /** What is sent within one turn of the event loop leaves at its end. */
  #gather(batches: Map<string, Batch>, address: Address, letter: Letter): void {
    if (!letter.isControl) letter.tally.underWay += 1;
    const key = this.#options.coalesce === "host" ? address.host : address.origin + address.path;
    const batch = batches.get(key);
    if (batch !== undefined) {
      batch.letters.push(letter);
      return;
    }
    if (batches.size === 0) setImmediate(() => this.#release(batches));
    batches.set(key, { address, letters: [letter] });
  }

  #release(batches: Map<string, Batch>): void {
    const leaving = [...batches.values()];
    batches.clear();
    for (const { address, letters } of leaving) {
      for (const { tally, isControl } of letters) if (!isControl) tally.underWay -= 1;
      if (this.#options.coalesce === "host") this.#postToHost(address, letters);
      else this.#postToPeer(address, letters);
    }
  }

  #postToPeer(address: Address, letters: readonly Letter[]): void {
    const [first] = letters;
    if (first === undefined) return;
    if (letters.length === 1) return this.#post(address, first);
    const body = listOf(letters.map(({ signed }) => this.#encode(signed)));
    this.#options.office.post(address, { ...countsOf(letters), body, tally: first.tally });
  }

  /** The post is on the account of whoever spoke first: one post has one sender. */
  #postToHost({ host, ...address }: Address, letters: readonly Letter[]): void {
    const [first] = letters;
    if (first === undefined) return;
    const origin = this.#options.originOf(host) ?? address.origin;
    const items = letters.map(({ to, signed }) =>
      listOf([Buffer.from(JSON.stringify(to)), this.#encode(signed)]),
    );
    const parcel = { ...countsOf(letters), body: listOf(items), tally: first.tally };
    this.#options.office.post({ origin, path: relayPath }, parcel);
  }

  #encode(signed: Signed<Message>): Buffer {
    const known = this.#bodies.get(signed);
    if (known !== undefined) return known;
    const body = Buffer.from(JSON.stringify(signed));
    this.#bodies.set(signed, body);
    return body;
  }
}

interface Letter {
  readonly to: NodeId;
  readonly signed: Signed<Message>;
  readonly tally: Tally;
  readonly isControl: boolean;
}

interface Batch {
  readonly address: Address;
  readonly letters: Letter[];
}

const countsOf = (letters: readonly Letter[]) => ({
  messages: letters.length,
  counted: letters.filter(({ isControl }) => !isControl).length,
});

const [open, comma, close] = ["[", ",", "]"].map((text) => Buffer.from(text));

/** A JSON list of texts that are JSON already. */
function listOf(items: readonly Buffer[]): Buffer {
  const parts = items.flatMap((item, index) => [index === 0 ? open : comma, item]);
  return Buffer.concat([...parts, close].filter((part) => part !== undefined));
}
