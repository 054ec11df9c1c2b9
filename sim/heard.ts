/**
 * What scripted liars may quote: signatures of messages that really reached them. Nobody can write
 * down another's signature in a schedule and have it believed where it never was given.
 */

import type { Json } from "../core/encoding.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { SayEvent, Schedule } from "./schedule.ts";
import type { SimulationObserver } from "./simulation.ts";

/** Stands in an array of a script for all signatures that its node holds under equal words. */
interface Quotation {
  /** What was said, but for who said it. */
  readonly heard: { readonly [field: string]: Json };
}

const isQuotation = (value: Json): value is Json & Quotation =>
  typeof value === "object" && value !== null && "heard" in value;

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

export class Heard {
  readonly #scripted: ReadonlySet<NodeId>;
  readonly #messages = new Map<NodeId, Signed<Message>[]>();

  constructor({ events }: Schedule) {
    this.#scripted = new Set(events.flatMap((event) => (event.kind === "say" ? event.node : [])));
  }

  observer(): SimulationObserver<Message> {
    return {
      received: (node, signed) => {
        if (!this.#scripted.has(node)) return;
        this.#messages.set(node, [...(this.#messages.get(node) ?? []), signed]);
      },
    };
  }

  /** The message of a script with everything quoted that its node has heard by now. */
  said({ node, says }: SayEvent): SayEvent["says"] {
    return { ...says, ...fill(says, (quotation) => this.#signatures(node, quotation)) };
  }

  #signatures(node: NodeId, { heard }: Quotation): readonly Json[] {
    const wanted = Object.entries(heard);
    const found = new Map<NodeId, string>();
    for (const { from, message, signature } of this.#messages.get(node) ?? []) {
      const told: Readonly<Record<string, unknown>> = { ...message };
      if (wanted.every(([field, value]) => told[field] === value)) found.set(from, signature);
    }
    return [...found].map(([from, signature]) => ({ node: from, signature }));
  }
}

/** A script before anything was heard: what it says must be a message even so. */
export const unheard = ({ says }: SayEvent): SayEvent["says"] => ({
  ...says,
  ...fill(says, () => []),
});

function fill(
  fields: { readonly [field: string]: Json },
  quote: (quotation: Quotation) => readonly Json[],
): { readonly [field: string]: Json } {
  const fillIn = (value: Json): Json => {
    if (isList(value)) {
      return value.flatMap((item) => (isQuotation(item) ? quote(item) : [fillIn(item)]));
    }
    return typeof value === "object" && value !== null ? fill(value, quote) : value;
  };
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fillIn(value)]));
}
