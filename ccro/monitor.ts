/**
 * The monitoring node, as far as roles go: it hears what nodes wait for in vain, and when f + 1 of
 * them complain it assigns the roles of the next epoch. It may err or lie: R1 to R5 do not trust it.
 */

import type { Json } from "../core/encoding.ts";
import type { Millis, NodeId } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { weakQuorumOf } from "../core/quorum.ts";
import { heightStoredBy, nextRoles, rolesToReplace } from "./assignments.ts";
import { Certificates } from "./certificates.ts";
import type { Assignment, CcroMessage, Suspicion } from "./messages.ts";
import { type Roles, rolesIn } from "./roles.ts";
import type { RuleSet } from "./rules.ts";
import type { CcroOut } from "./state.ts";
import { toleranceOf } from "./status.ts";

export type SuspicionObjection =
  | "not a node"
  | "not its own name"
  | "an older epoch"
  | "suspected already";

export function createMonitor(
  setup: MemberSetup<CcroMessage>,
  rules: RuleSet,
): Machine<CcroMessage> {
  return new Monitor(setup, rules);
}

class Monitor implements Machine<CcroMessage> {
  readonly #setup: MemberSetup<CcroMessage>;
  readonly #certificates: Certificates;
  readonly #failedIn = new Map<NodeId, number>();
  readonly #toldAt = new Map<NodeId, Millis>();
  #suspicions = new Map<NodeId, Suspicion>();
  #roles: Roles;
  /** That f + 1 nodes stored when the roles last changed. */
  #height = -1;

  constructor(setup: MemberSetup<CcroMessage>, rules: RuleSet) {
    const { n, f, tools } = setup;
    this.#setup = setup;
    this.#certificates = new Certificates({ n, f, rules, tools });
    this.#roles = this.#certificates.first;
  }

  step(input: Input<CcroMessage>, now: Millis): readonly Effect<CcroMessage>[] {
    const out: CcroOut = new Out();
    if (input.kind === "start") this.#relive(input.records);
    if (input.kind === "message") this.#receive(input.signed, now, out);
    return out.effects;
  }

  #receive({ from, message }: Signed<CcroMessage>, now: Millis, out: CcroOut): void {
    if (message.kind !== "suspicion") return out.reject(from, "not for the monitor");
    const objection = this.#objectionTo(from, message);
    if (objection === "an older epoch") this.#tell(from, now, out);
    if (objection !== undefined) return out.reject(from, objection);

    this.#suspicions.set(from, message);
    this.#reselect(message.epoch, now, out);
  }

  #objectionTo(from: NodeId, { node, epoch, awaited }: Suspicion): SuspicionObjection | undefined {
    if (!this.#certificates.isNode(from)) return "not a node";
    if (from !== node) return "not its own name";
    if (epoch < this.#roles.epoch) return "an older epoch";
    const known = this.#suspicions.get(from);
    return known?.epoch === epoch && known.awaited === awaited ? "suspected already" : undefined;
  }

  /** f + 1 complaints about one epoch end it. It may be a newer one than a monitor without memory knows. */
  #reselect(epoch: number, now: Millis, out: CcroOut): void {
    const { n, f } = this.#setup;
    const needed = weakQuorumOf(f);
    const suspicions = [...this.#suspicions.values()].filter(
      (suspicion) => suspicion.epoch === epoch,
    );
    if (suspicions.length < needed) return;
    const replaced = this.#replacedBy(suspicions, needed);
    for (const role of replaced) this.#failedIn.set(this.#roles[role], epoch);
    const heard = new Set(suspicions.map(({ node }) => node));
    const candidates = { n, failedIn: this.#failedIn, heard };
    this.#announce(nextRoles(this.#roles, replaced, epoch + 1, candidates), now, out);
  }

  /** An epoch that brought nothing loses both: one of the two stands in the way, whoever is accused. */
  #replacedBy(suspicions: readonly Suspicion[], needed: number) {
    const height = heightStoredBy(suspicions, needed);
    const hasProgress = height > this.#height;
    this.#height = Math.max(height, this.#height);
    return hasProgress ? rolesToReplace(suspicions) : (["primary", "communication"] as const);
  }

  #announce(assignment: Assignment, now: Millis, out: CcroOut): void {
    const sealed = { ...this.#setup.tools.seal(assignment), message: assignment };
    const { primary, communication, consensus } = assignment;
    const everybody = [primary, communication, ...consensus];
    this.#roles = rolesIn(sealed);
    this.#suspicions = new Map();
    // Signed messages are plain data; interfaces merely have no index signature to say so.
    out.persist(sealed as unknown as Json);
    out.mark({
      name: "roles assigned",
      view: assignment.epoch,
      detail: `${primary} ${communication}`,
    });
    for (const node of everybody) this.#toldAt.set(node, now);
    out.broadcast(everybody, assignment);
  }

  /** Whoever complains about an older epoch has not heard of this one. */
  #tell(node: NodeId, now: Millis, out: CcroOut): void {
    const { assignment } = this.#roles;
    const toldAt = this.#toldAt.get(node) ?? Number.NEGATIVE_INFINITY;
    if (assignment === undefined || now - toldAt < this.#setup.settings.timeoutMs / 2) return;
    this.#toldAt.set(node, now);
    out.forward(node, assignment);
  }

  #relive(records: readonly Json[]): void {
    const last = records.at(-1);
    if (last !== undefined) this.#roles = rolesIn(last as unknown as Signed<Assignment>);
  }

  status(): Status {
    const { n, f } = this.#setup;
    const { epoch, primary, communication } = this.#roles;
    return {
      role: "monitor",
      view: epoch,
      slot: 0,
      f,
      tolerates: toleranceOf(n, f),
      primary,
      communication,
      suspicions: [...this.#suspicions.keys()],
      failedIn: Object.fromEntries(this.#failedIn),
    };
  }

  /** It votes on nothing. */
  log(): readonly LogEntry[] {
    return [];
  }
}
