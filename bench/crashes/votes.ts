/** Judges what a replica said in all of its lives: never two different votes for the same thing. */

import { canonical, type Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";

/** What a vote is for, by kind: a correct replica says at most one thing about it, ever. */
const subjects: Readonly<Record<string, readonly string[]>> = {
  "pre-prepare": ["view", "sequence"],
  prepare: ["view", "sequence"],
  commit: ["view", "sequence"],
  checkpoint: ["sequence"],
  "view-change": ["view"],
  "new-view": ["view"],
};

export class VoteJudge {
  readonly #said = new Map<string, string>();
  readonly #leftViews = new Map<NodeId, number>();
  /** In words. */
  readonly violations: string[] = [];
  /** Votes that were looked at. */
  votes = 0;

  heard(node: NodeId, message: Message): void {
    const fields: Readonly<Record<string, unknown>> = { ...message };
    const subject = subjects[message.kind];
    if (message.kind === "view-change") this.#leaves(node, Number(fields["view"]));
    if (subject === undefined) return;
    this.votes += 1;
    const about = subject.map((field) => `${field} ${fields[field]}`).join(", ");
    const key = `${node} ${message.kind} ${about}`;
    const said = votedFor(message.kind, fields);
    const before = this.#said.get(key) ?? said;
    if (before !== said) this.violations.push(`${key}: ${before}, then ${said}`);
    this.#said.set(key, before);
    if (message.kind !== "checkpoint") this.#checkView(node, message.kind, fields);
  }

  /** Whoever asked for a later view votes no more in an earlier one. */
  #checkView(node: NodeId, kind: string, { view }: Readonly<Record<string, unknown>>): void {
    const left = this.#leftViews.get(node) ?? 0;
    if (Number(view) >= left) return;
    this.violations.push(`${node} sends a ${kind} in view ${view}, after it asked for ${left}`);
  }

  #leaves(node: NodeId, view: number): void {
    this.#leftViews.set(node, Math.max(view, this.#leftViews.get(node) ?? 0));
  }
}

/** The value voted for; what changes views stands for all that is in it. */
const votedFor = (kind: string, fields: Readonly<Record<string, unknown>>): string =>
  kind === "view-change" || kind === "new-view"
    ? canonical(fields as unknown as Json)
    : String(fields["digest"]);
