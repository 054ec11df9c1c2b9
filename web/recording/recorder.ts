/** Writes a recording while a run goes on: it only watches, whoever runs the cluster. */

import type { Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Effect, Input, Status } from "../../core/machine.ts";
import type { Message, Signed } from "../../core/messages.ts";
import type { SimulationObserver } from "../../sim/simulation.ts";
import type {
  Lane,
  NodeState,
  RecordedMessage,
  RecordedVerdict,
  Recording,
  Step,
  TimerSpan,
} from "./recording.ts";

export interface RecorderOptions {
  readonly protocol: string;
  readonly title: string;
  readonly n: number;
  readonly f: number;
  readonly lanes: readonly Lane[];
  readonly controlKinds: readonly string[];
  /** What is done to the cluster from outside, in order of time. */
  readonly world?: readonly WorldEvent[];
  /** False where clients speak unobserved: what arrives without having been seen to leave is then no copy. */
  readonly hearsAllSenders?: boolean;
  /** What a node is now; undefined while it is down or where nobody can look into it. */
  look?(node: NodeId): { readonly status: Status | undefined; readonly holds: Json } | undefined;
}

export interface WorldEvent {
  readonly atMs: Millis;
  readonly node: NodeId;
  readonly text: string;
}

type MessageIndex = number;

export class Recorder implements SimulationObserver<Message> {
  readonly #options: RecorderOptions;
  #messages: RecordedMessage[] = [];
  #steps: Step[] = [];
  #timers: TimerSpan[] = [];
  #forgotten = { messages: 0, steps: 0 };
  readonly #running = new Map<string, TimerSpan>();
  readonly #states = new Map<NodeId, NodeState[]>();
  readonly #stateTexts = new Map<NodeId, string>();
  /** Under way, oldest first, by what was signed and to whom it goes. */
  readonly #underWay = new WeakMap<Signed<Message>, Map<NodeId, MessageIndex[]>>();
  /** All lists in it that are not empty. */
  readonly #places = new Set<MessageIndex[]>();
  readonly #bytes = new WeakMap<Signed<Message>, number>();
  /** The message that a node has before it right now. */
  readonly #handled = new Map<NodeId, MessageIndex>();
  #worldDone = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  sent(from: NodeId, to: NodeId, signed: Signed<Message>, now: Millis): void {
    this.#note(from, to, signed, now, false);
  }

  received(node: NodeId, signed: Signed<Message>, now: Millis): void {
    const message = this.#end(node, signed, now, "received");
    this.#handled.set(node, message.index);
  }

  lost(_from: NodeId, to: NodeId, signed: Signed<Message>, now: Millis): void {
    this.#end(to, signed, now, "lost");
  }

  refused(node: NodeId, signed: Signed<Message>, refusal: string, now: Millis): void {
    const message = this.#end(node, signed, now, "refused", refusal);
    message.objection = refusal;
  }

  stepped(
    node: NodeId,
    input: Input<Message>,
    effects: readonly Effect<Message>[],
    now: Millis,
  ): void {
    if (input.kind === "time-out") {
      this.#endTimer(node, input.timer, now, true);
      this.#step({ atMs: now, kind: "timer", node, text: `timer “${input.timer}” ran out` });
    } else if (input.kind === "request") {
      const text = `is asked for ${input.operation}`;
      this.#step({ atMs: now, kind: "world", node, text });
    } else if (input.kind === "start") {
      this.#endTimers(node, now);
      if (this.#states.has(node)) {
        this.#step({ atMs: now, kind: "world", node, text: "starts again" });
      }
    }
    for (const effect of effects) {
      if (effect.kind === "stop-timer") this.#endTimer(node, effect.timer, now, false);
      if (effect.kind === "start-timer") this.#startTimer(node, effect.timer, now);
    }
    this.#lookAt(node);
  }

  effect(node: NodeId, effect: Effect<Message>, now: Millis): void {
    if (effect.kind === "deliver") {
      const { slot, view, executed, history } = effect.delivery;
      const what = executed.map(({ operation }) => operation).join(", ") || "nothing";
      const text = `executes slot ${slot}: ${what}`;
      this.#step({ atMs: now, kind: "deliver", node, text, view, slot, detail: history });
      this.#lookAt(node);
    } else if (effect.kind === "accept") {
      const { slot, view, result, from } = effect.acceptance;
      const text = `accepts ${result} on the word of ${from.join(", ")}`;
      this.#step({ atMs: now, kind: "accept", node, text, view, slot });
    } else if (effect.kind === "mark") {
      const { name, slot, view, detail } = effect.mark;
      const where = slot === undefined ? `view ${view}` : `view ${view}, slot ${slot}`;
      this.#step({ atMs: now, kind: "mark", node, text: `${name} (${where})`, view, slot, detail });
      this.#lookAt(node);
    } else if (effect.kind === "reject") {
      this.#reject(node, effect.objection, now);
    }
  }

  /** Something was done to a node from outside. */
  happened(node: NodeId, text: string, now: Millis): void {
    this.#step({ atMs: now, kind: "world", node, text });
  }

  /**
   * Forgets all but the newest messages and what happened since the first of them; what each node was
   * then is kept. A message that arrives after it was forgotten is one that nobody saw leave.
   */
  keepNewest(count: number): void {
    const cut = this.#messages.length - count;
    const first = this.#messages[cut];
    if (cut <= 0 || first === undefined) return;
    const from = first.sentStep;
    const moved = (index: number): number => index - from;
    this.#messages = this.#messages.slice(cut).map((message) => ({
      ...message,
      index: message.index - cut,
      sentStep: moved(message.sentStep),
      endedStep: message.endedStep === undefined ? undefined : moved(message.endedStep),
    }));
    this.#steps = this.#steps.slice(from).map(({ message = -1, ...step }) => ({
      ...step,
      index: moved(step.index),
      message: message < cut ? undefined : message - cut,
    }));
    for (const [node, states] of this.#states) {
      const last = states.findLastIndex(({ step }) => step <= from);
      const kept = states.slice(Math.max(0, last));
      this.#states.set(
        node,
        kept.map((state) => ({ ...state, step: Math.max(0, moved(state.step)) })),
      );
    }
    this.#timers = this.#timers.filter(({ untilMs = first.sentMs }) => untilMs >= first.sentMs);
    for (const places of this.#places) {
      const kept = places.map((index) => index - cut).filter((index) => index >= 0);
      places.splice(0, places.length, ...kept);
      if (kept.length === 0) this.#places.delete(places);
    }
    for (const [node, index] of this.#handled) this.#handled.set(node, index - cut);
    this.#forgotten = {
      messages: this.#forgotten.messages + cut,
      steps: this.#forgotten.steps + from,
    };
  }

  get messageCount(): number {
    return this.#messages.length;
  }

  /** The recording so far; it shares what will not change. */
  recording(verdict?: RecordedVerdict): Recording {
    const { protocol, title, n, f, lanes, controlKinds } = this.#options;
    return {
      protocol,
      title,
      n,
      f,
      lanes,
      controlKinds,
      messages: this.#messages,
      steps: this.#steps,
      timers: this.#timers,
      states: this.#states,
      verdict,
      ...(this.#forgotten.steps > 0 ? { forgotten: this.#forgotten } : {}),
    };
  }

  #reject(node: NodeId, objection: string, now: Millis): void {
    const message = this.#messages[this.#handled.get(node) ?? -1];
    if (message !== undefined && message.fate === "received") {
      message.fate = "refused";
      message.objection = objection;
    }
    const what = message === undefined ? "a message" : `${message.kind} of ${message.from}`;
    const text = `refuses ${what}: ${objection}`;
    this.#step({ atMs: now, kind: "refused", node, text, message: message?.index });
  }

  #note(from: NodeId, to: NodeId, signed: Signed<Message>, now: Millis, isCopy: boolean) {
    const { kind } = signed.message;
    const index = this.#messages.length;
    const step = this.#step({
      atMs: now,
      kind: "sent",
      node: from,
      text: `${kind} to ${to}${isCopy ? " (copy)" : ""}`,
      message: index,
    });
    const message: RecordedMessage = {
      index,
      from,
      to,
      kind,
      sentMs: now,
      sentStep: step.index,
      endedMs: undefined,
      endedStep: undefined,
      fate: "under way",
      objection: undefined,
      isCopy,
      bytes: this.#bytesOf(signed),
      signedBy: signed.from,
      signature: signed.signature,
      content: signed.message,
    };
    this.#messages.push(message);
    const byReceiver = this.#underWay.get(signed) ?? new Map<NodeId, MessageIndex[]>();
    this.#underWay.set(signed, byReceiver);
    const places = byReceiver.get(to) ?? [];
    byReceiver.set(to, places);
    places.push(index);
    this.#places.add(places);
    return message;
  }

  /** What arrives without having left is the network's copy of what arrived before. */
  #end(
    to: NodeId,
    signed: Signed<Message>,
    now: Millis,
    fate: "received" | "lost" | "refused",
    objection?: string,
  ): RecordedMessage {
    const index = this.#take(signed, to);
    const message =
      this.#messages[index ?? -1] ??
      this.#note(signed.from, to, signed, now, this.#options.hearsAllSenders !== false);
    if (index === undefined) this.#take(signed, to);
    const why = objection === undefined ? "" : `: ${objection}`;
    const step = this.#step({
      atMs: now,
      kind: fate,
      node: to,
      text: `${fate === "received" ? "hears" : fate} ${message.kind} of ${message.from}${why}`,
      message: message.index,
    });
    message.endedMs = now;
    message.endedStep = step.index;
    message.fate = fate;
    return message;
  }

  #take(signed: Signed<Message>, to: NodeId): MessageIndex | undefined {
    const places = this.#underWay.get(signed)?.get(to);
    const index = places?.shift();
    if (places?.length === 0) this.#places.delete(places);
    return index;
  }

  #step(step: Omit<Step, "index">): Step {
    this.#tellOfTheWorld(step.atMs);
    const numbered = { ...step, index: this.#steps.length };
    this.#steps.push(numbered);
    return numbered;
  }

  #tellOfTheWorld(now: Millis): void {
    const { world = [] } = this.#options;
    for (let next = world[this.#worldDone]; next !== undefined; next = world[this.#worldDone]) {
      if (next.atMs > now) return;
      this.#worldDone += 1;
      this.#steps.push({ ...next, kind: "world", index: this.#steps.length });
    }
  }

  #lookAt(node: NodeId): void {
    const seen = this.#options.look?.(node);
    if (seen === undefined) return;
    const text = JSON.stringify(seen);
    if (this.#stateTexts.get(node) === text) return;
    this.#stateTexts.set(node, text);
    const states = this.#states.get(node) ?? [];
    this.#states.set(node, states);
    states.push({ step: Math.max(0, this.#steps.length - 1), ...seen });
  }

  #startTimer(node: NodeId, timer: string, now: Millis): void {
    this.#endTimer(node, timer, now, false);
    const span: TimerSpan = { node, timer, fromMs: now, untilMs: undefined, hasFired: false };
    this.#timers.push(span);
    this.#running.set(`${node} ${timer}`, span);
  }

  #endTimer(node: NodeId, timer: string, now: Millis, hasFired: boolean): void {
    const span = this.#running.get(`${node} ${timer}`);
    if (span === undefined) return;
    span.untilMs = now;
    span.hasFired = hasFired;
    this.#running.delete(`${node} ${timer}`);
  }

  #endTimers(node: NodeId, now: Millis): void {
    for (const span of [...this.#running.values()]) {
      if (span.node === node) this.#endTimer(node, span.timer, now, false);
    }
  }

  /** A broadcast is written once. */
  #bytesOf(signed: Signed<Message>): number {
    const known = this.#bytes.get(signed);
    if (known !== undefined) return known;
    const bytes = new TextEncoder().encode(JSON.stringify(signed)).length;
    this.#bytes.set(signed, bytes);
    return bytes;
  }
}
