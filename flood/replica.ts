/** A node of seed 004 as a machine: what it hears, what it shows. */

import { unreachable } from "../core/assert.ts";
import type { NodeId } from "../core/ids.ts";
import type { LogEntry, LoggedVote } from "../core/log.ts";
import type { Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { onQuiet, onRequest, unansweredOf } from "./commander.ts";
import { wordsAt } from "./counts.ts";
import type { FloodMessage } from "./messages.ts";
import { onWord } from "./rounds.ts";
import type { Slot } from "./slot.ts";
import { createState, type FloodState } from "./state.ts";

export class Replica implements Machine<FloodMessage> {
  readonly #state: FloodState;

  constructor(setup: MemberSetup<FloodMessage>) {
    this.#state = createState(setup);
  }

  step(input: Input<FloodMessage>): readonly Effect<FloodMessage>[] {
    const out = new Out<FloodMessage>();
    switch (input.kind) {
      // Nothing is ever written down, and operations are for clients.
      case "start":
      case "request":
        break;
      case "message":
        this.#onMessage(input.signed, out);
        break;
      case "time-out":
        onQuiet(this.#state, input.timer, out);
        break;
    }
    return out.effects;
  }

  #onMessage({ from, message }: Signed<FloodMessage>, out: Out<FloodMessage>): void {
    switch (message.kind) {
      case "request":
        return onRequest(this.#state, from, message, out);
      case "pre-prepare":
      case "prepare":
      case "commit":
        return onWord(this.#state, from, message, out);
      case "reply":
        return out.reject(from, "a reply is for a client");
      default:
        return unreachable(message);
    }
  }

  /** Slot is what the commander's own copy of the service executed: nobody else executes. */
  status(): Status {
    return {
      role: this.#role,
      view: 0,
      slot: this.#state.executor.slot,
      waiting: unansweredOf(this.#state),
      remembered: this.#state.slots.size,
    };
  }

  get #role(): string {
    return this.#state.self === this.#state.commander ? "primary" : "backup";
  }

  log(from: number, to: number): readonly LogEntry[] {
    return [...this.#state.slots.values()]
      .filter(({ sequence }) => sequence >= from && sequence <= to)
      .sort((a, b) => a.sequence - b.sequence)
      .map((slot) => this.#entryOf(slot));
  }

  #entryOf(slot: Slot): LogEntry {
    const { n } = this.#state.setup;
    const isOver = slot.heard >= wordsAt(this.#role === "primary" ? "commander" : "other", n);
    return {
      slot: slot.sequence,
      view: 0,
      state: isOver ? "everything came" : "flooding",
      values: slot.values.map((digest) => ({ digest, requests: [digest] })),
      votes: this.#votesOf(slot),
      voters: this.#voters(),
    };
  }

  /** Its own telling on is none of its replies: seed 004 counts what arrives. */
  #votesOf(slot: Slot): readonly LoggedVote[] {
    const { self } = this.#state;
    return slot
      .words()
      .map(({ author, teller, value }) =>
        teller === self
          ? { phase: "prepare", voter: author, view: 0, digest: value }
          : { phase: "commit", voter: teller, view: 0, digest: value },
      );
  }

  /** All others that would have something to tell on if nobody were missing. */
  #voters(): readonly NodeId[] {
    const { others, commander, setup } = this.#state;
    const authors = setup.n - 1;
    return others.filter((voter) => (voter === commander ? authors : authors - 1) > 0);
  }
}
