/**
 * The verdict on a run (MEASURING.md, "Verdicts"): all judges in one, fed as the run goes or with
 * what is known after it. The same for simulated runs, for runs over HTTP and in tests.
 */

import type { NodeId, Operation } from "../core/ids.ts";
import type { Acceptance, Delivery, Effect } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import type { Observer } from "../core/ports.ts";
import type { Protocol, Settings } from "../core/protocol.ts";
import { Inspection } from "./inspection.ts";
import { createJustifiedAcceptance } from "./judges/acceptance.ts";
import { createAgreement } from "./judges/agreement.ts";
import { createDecisions } from "./judges/decisions.ts";
import { createExactlyOnce } from "./judges/exactly-once.ts";
import { type FiredFault, unfiredFaults } from "./judges/ground-truth.ts";
import { createProgress, type Liveness } from "./judges/progress.ts";
import { createStateDigests } from "./judges/state-digests.ts";
import { createTotalOrder } from "./judges/total-order.ts";
import { createValidity } from "./judges/validity.ts";
import type { Judge, Violation } from "./judges/violation.ts";

export type Safety = "ok" | "violated" | "vacuous" | "invalid";

export interface Verdict {
  readonly safety: Safety;
  readonly liveness: Liveness;
  /** Different requests that honest nodes decided. */
  readonly decisions: number;
  readonly asked: number;
  readonly accepted: number;
  readonly violations: readonly Violation[];
  /** Why not both are ok, in sentences. */
  readonly reasons: readonly string[];
}

/** The mark of a machine that took over the state of others; its slot is the last one taken over. */
export const stateTransferredMark = "state transferred";

// A broken run breaks in every slot: this many violations are kept, the rest are counted.
const keptViolations = 100;

/** What a protocol's own judges must know of a cluster. */
export interface ClusterSize {
  readonly n: number;
  readonly settings: Settings;
}

/** Hears of everything that happens in a run. */
export class Jury {
  readonly #honest: ReadonlySet<NodeId>;
  readonly #progress = createProgress();
  readonly #decisions = createDecisions();
  readonly #judges: readonly Judge[];
  readonly #violations: Violation[] = [];
  readonly #lives = new Set<NodeId>();
  #found = 0;

  /** `honest` are the nodes that no fault makes lie: what they execute must agree. */
  constructor(honest: Iterable<NodeId>) {
    this.#honest = new Set(honest);
    this.#judges = [
      createAgreement(this.#honest.size),
      createTotalOrder(),
      createValidity(),
      createExactlyOnce(),
      createStateDigests(this.#honest.size),
      createJustifiedAcceptance(),
      this.#progress,
      this.#decisions,
    ];
  }

  /** Found so far, the first ones. */
  get violations(): readonly Violation[] {
    return this.#violations;
  }

  /** A client was asked for an operation: to be told before anything comes of it. */
  submitted(client: NodeId, operation: Operation): void {
    for (const judge of this.#judges) judge.submitted?.(client, operation);
  }

  delivered(node: NodeId, delivery: Delivery): void {
    if (!this.#honest.has(node)) return;
    for (const judge of this.#judges) this.#note(judge.delivered?.(node, delivery));
  }

  accepted(client: NodeId, acceptance: Acceptance): void {
    for (const judge of this.#judges) this.#note(judge.accepted?.(client, acceptance));
  }

  /** The node took over the state after this slot; undefined where only the fact is known. */
  jumped(node: NodeId, slot?: number): void {
    for (const judge of this.#judges) judge.jumped?.(node, slot);
  }

  /** Others have judged, too. */
  found(violations: readonly Violation[]): void {
    this.#note(violations);
  }

  /** The node begins a life; only its first one starts from nothing. */
  started(node: NodeId): void {
    if (this.#lives.has(node)) for (const judge of this.#judges) judge.restarted?.(node);
    this.#lives.add(node);
  }

  /** The jury at a run, as it goes; with the protocol's own judges where they are named. */
  observer<M extends Message>(protocol?: Protocol<M>, cluster?: ClusterSize): Observer<M> {
    const inspection =
      protocol === undefined || cluster === undefined
        ? undefined
        : this.#inspection(protocol, cluster);
    return {
      sent: (node, _to, signed) => this.#note(inspection?.sent(node, signed)),
      stepped: (node, input, effects) => {
        if (input.kind === "start") this.started(node);
        this.#note(inspection?.stepped(node, input, effects));
      },
      effect: (node, effect) => this.#hear(node, effect),
    };
  }

  /** Once nothing more will happen. */
  verdict(witnesses: readonly FiredFault[] = []): Verdict {
    const ended = this.#judges.flatMap((judge) => judge.ended?.() ?? []);
    const violations = [...this.#violations, ...ended].slice(0, keptViolations);
    const found = this.#found + ended.length;
    const { asked, accepted } = this.#progress.counts();
    const liveness = this.#progress.liveness();
    const decisions = this.#decisions.count();
    const unfired = unfiredFaults(witnesses);
    const isVacuous = decisions === 0 || decisions < asked;
    const reasons = [
      ...violations.map(({ judge, message }) => `${judge}: ${message}`),
      ...(found > violations.length ? [`and ${found - violations.length} more violations`] : []),
      ...unfired.map((fault) => `${fault} never did anything`),
      ...(isVacuous ? [`${decisions} of ${asked} requests were decided`] : []),
      ...(liveness === "ok" ? [] : [`${accepted} of ${asked} requests were accepted`]),
    ];
    const safety = safetyOf(found > 0, unfired.length > 0, isVacuous);
    return { safety, liveness, decisions, asked, accepted, violations, reasons };
  }

  #inspection<M extends Message>(protocol: Protocol<M>, { n, settings }: ClusterSize) {
    const f = protocol.faultsTolerated(n);
    return new Inspection(protocol, { n, f, settings, honest: this.#honest });
  }

  #hear<M extends Message>(node: NodeId, effect: Effect<M>): void {
    switch (effect.kind) {
      case "deliver":
        return this.delivered(node, effect.delivery);
      case "accept":
        return this.accepted(node, effect.acceptance);
      case "mark":
        if (effect.mark.name === stateTransferredMark) this.jumped(node, effect.mark.slot);
        return;
      default:
        return;
    }
  }

  #note(violations: readonly Violation[] = []): void {
    this.#found += violations.length;
    const room = keptViolations - this.#violations.length;
    if (room > 0) this.#violations.push(...violations.slice(0, room));
  }
}

/** A violation is one even in a run that proves nothing else. */
function safetyOf(isViolated: boolean, isInvalid: boolean, isVacuous: boolean): Safety {
  if (isViolated) return "violated";
  if (isInvalid) return "invalid";
  return isVacuous ? "vacuous" : "ok";
}

/** What is known of a run after it, such as from the reports of a cluster. */
export interface RunRecord {
  readonly honest: Iterable<NodeId>;
  /** In the order in which they were made. */
  readonly submissions: readonly { readonly client: NodeId; readonly operation: Operation }[];
  readonly deliveries: ReadonlyMap<NodeId, readonly Delivery[]>;
  readonly acceptances: ReadonlyMap<NodeId, readonly Acceptance[]>;
  /** How often each node took over the state of others: each time may leave a gap. */
  readonly jumps?: ReadonlyMap<NodeId, number> | undefined;
  /** How often each node lived again: each time it may execute again what it had executed before. */
  readonly restarts?: ReadonlyMap<NodeId, number> | undefined;
  readonly witnesses?: readonly FiredFault[] | undefined;
  /** What the protocol's own judges found while it went on. */
  readonly found?: readonly Violation[] | undefined;
}

/** The verdict on a whole run at once. */
export function judgeRun(run: RunRecord): Verdict {
  const jury = new Jury(run.honest);
  jury.found(run.found ?? []);
  for (const { client, operation } of run.submissions) jury.submitted(client, operation);
  for (const [node, jumps] of run.jumps ?? []) {
    for (let jump = 0; jump < jumps; jump += 1) jury.jumped(node);
  }
  for (const [node, deliveries] of run.deliveries) {
    hearDeliveries(jury, node, deliveries, run.restarts?.get(node) ?? 0);
  }
  for (const [client, acceptances] of run.acceptances) {
    for (const acceptance of acceptances) jury.accepted(client, acceptance);
  }
  return jury.verdict(run.witnesses);
}

/** A step back is where a new life begins, as often as there were new lives. */
function hearDeliveries(
  jury: Jury,
  node: NodeId,
  deliveries: readonly Delivery[],
  restarts: number,
): void {
  let livesLeft = restarts;
  let last = 0;
  jury.started(node);
  for (const delivery of deliveries) {
    if (delivery.slot <= last && livesLeft > 0) {
      jury.started(node);
      livesLeft -= 1;
    }
    last = delivery.slot;
    jury.delivered(node, delivery);
  }
}
