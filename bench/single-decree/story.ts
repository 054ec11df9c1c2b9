/** What became of a run: who leads, who does what, who was told which value, and why nobody was. */

import { canonical } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Acceptance, Mark } from "../../core/machine.ts";
import { type Deployment, idsOf, isClient } from "./deployment.ts";
import type { DecreeEvent } from "./event.ts";

export interface Leader {
  readonly node: NodeId;
  readonly term: number;
}

export interface Answer {
  readonly value: string;
  readonly ballot: number;
  readonly atMs: Millis;
}

export class Story {
  leader: Leader | undefined;
  readonly roles = new Map<NodeId, string>();
  readonly answers = new Map<NodeId, Answer>();
  readonly crashed = new Set<NodeId>();
  /** By proposer: how often it proposed, and how often it made room for another. */
  readonly proposals = new Map<NodeId, number>();
  readonly pauses = new Map<NodeId, number>();
  /** Every value that anybody holds for chosen. */
  readonly chosen = new Set<string>();
  readonly #deployment: Deployment;
  #shortage: string | undefined;

  constructor(deployment: Deployment) {
    this.#deployment = deployment;
    for (const { node, before } of deployment.crashes) {
      if (before === undefined) this.crashed.add(node);
    }
  }

  get isComplete(): boolean {
    return this.answers.size >= this.#deployment.clients;
  }

  note(event: DecreeEvent): void {
    if (event.kind === "crash") this.crashed.add(event.node);
    else if (event.kind === "accept") this.#onAnswer(event.node, event.acceptance, event.atMs);
    else this.#onMark(event.node, event.mark);
  }

  /** Clients that were told nothing. */
  get unanswered(): readonly NodeId[] {
    return idsOf(this.#deployment).filter((id) => isClient(id) && !this.answers.has(id));
  }

  /** Why some client was told nothing; undefined when all were. */
  get problem(): string | undefined {
    if (this.isComplete) return undefined;
    if (this.chosen.size > 0) return "a value is chosen, but not every client was told in time";
    if (this.#shortage !== undefined) return `no value is chosen: ${this.#shortage}`;
    if (this.leader === undefined) return "no value is chosen: no leader was elected";
    if (this.proposals.size === 0) return "no value is chosen: no proposer was asked in time";
    return "no value is chosen: the proposers got no answer in time";
  }

  /** What must never be: two values, or one that nobody asked for. */
  get violation(): string | undefined {
    const values = [...this.chosen];
    if (values.length > 1) return `${values.length} values are chosen: ${values.join(", ")}`;
    const wanted = [...this.#deployment.wishes.values()].map(({ value }) => canonical(value));
    const invented = values.find((value) => !wanted.includes(value));
    return invented === undefined ? undefined : `${invented} is chosen, and nobody asked for it`;
  }

  #onAnswer(client: NodeId, { result, view }: Acceptance, atMs: Millis): void {
    this.answers.set(client, { value: result, ballot: view, atMs });
    this.chosen.add(result);
  }

  #onMark(node: NodeId, { name, view, detail = "" }: Mark): void {
    switch (name) {
      case "leader elected":
        // Others only hear of it.
        if (detail === node) this.leader = { node, term: view };
        return;
      case "roles assigned":
        this.roles.set(node, detail);
        return;
      case "proposal":
        this.proposals.set(node, (this.proposals.get(node) ?? 0) + 1);
        return;
      case "backed off":
        this.pauses.set(node, (this.pauses.get(node) ?? 0) + 1);
        return;
      case "no majority":
        this.#shortage = detail;
        return;
      case "chosen":
      case "value learned":
        this.chosen.add(detail);
    }
  }
}
