/**
 * The monitoring node: admits nodes, hears their hearts beat, computes trust after each round, tells
 * nodes that are behind, and assigns roles when f + 1 nodes complain or a node has lost its trust. It
 * is told lies, and may err or lie itself: R1 to R5 do not trust it.
 */

import type { Json } from "../core/encoding.ts";
import { type Millis, type NodeId, replicaIds } from "../core/ids.ts";
import type { LogEntry } from "../core/log.ts";
import type { Effect, Input, Machine, Status } from "../core/machine.ts";
import type { Signed } from "../core/messages.ts";
import { Out } from "../core/out.ts";
import type { MemberSetup } from "../core/protocol.ts";
import { weakQuorumOf } from "../core/quorum.ts";
import { heightStoredBy, nextRoles, rolesToReplace } from "./assignments.ts";
import { Certificates } from "./certificates.ts";
import { Heights } from "./heights.ts";
import type { Assignment, CcroMessage, Heartbeat, Participation, Suspicion } from "./messages.ts";
import {
  callsForNewRoles,
  objectionToParticipation,
  objectionToSpeaker,
  objectionToSuspicion,
} from "./oversight.ts";
import { type Roles, rolesIn } from "./roles.ts";
import type { RuleSet } from "./rules.ts";
import { type Rating, Standings } from "./standings.ts";
import type { CcroOut } from "./state.ts";
import { toleranceOf } from "./status.ts";

export function createMonitor(
  setup: MemberSetup<CcroMessage>,
  rules: RuleSet,
): Machine<CcroMessage> {
  return new Monitor(setup, rules);
}

type LeadingRole = "primary" | "communication";

/** What a later life goes on from. */
interface AssignmentRecord {
  readonly assignment: Signed<Assignment>;
  readonly trust: ReturnType<Standings["table"]>;
}

class Monitor implements Machine<CcroMessage> {
  readonly #setup: MemberSetup<CcroMessage>;
  readonly #nodes: readonly NodeId[];
  readonly #certificates: Certificates;
  readonly #standings: Standings;
  readonly #heights: Heights;
  readonly #failedIn = new Map<NodeId, number>();
  readonly #toldAt = new Map<NodeId, Millis>();
  /** The newest rounds, as they were rated. */
  readonly #rounds = new Map<
    number,
    { readonly epoch: number; readonly ratings: readonly Rating[] }
  >();
  #suspicions = new Map<NodeId, Suspicion>();
  #roles: Roles;
  /** The last round of this epoch that is rated. */
  #rated = 0;
  /** That f + 1 nodes stored when the roles last changed. */
  #height = -1;

  constructor(setup: MemberSetup<CcroMessage>, rules: RuleSet) {
    const { n, f, tools, settings } = setup;
    this.#setup = setup;
    this.#nodes = replicaIds(n);
    this.#certificates = new Certificates({ n, f, rules, tools });
    this.#standings = new Standings(this.#nodes, settings.trust ?? "cumulative");
    this.#heights = new Heights(weakQuorumOf(f));
    this.#roles = this.#certificates.first;
  }

  step(input: Input<CcroMessage>, now: Millis): readonly Effect<CcroMessage>[] {
    const out: CcroOut = new Out();
    if (input.kind === "start") this.#relive(input.records);
    if (input.kind === "message") this.#receive(input.signed, now, out);
    return out.effects;
  }

  #receive({ from, message }: Signed<CcroMessage>, now: Millis, out: CcroOut): void {
    switch (message.kind) {
      case "suspicion":
      case "heartbeat":
      case "participation":
        return this.#hear(from, message, now, out);
      default:
        return out.reject(from, "not for the monitor");
    }
  }

  /** Whoever speaks under its key is there, whatever else its words are worth. */
  #hear(
    from: NodeId,
    message: Suspicion | Heartbeat | Participation,
    now: Millis,
    out: CcroOut,
  ): void {
    const objection = objectionToSpeaker(this.#certificates, from, message);
    if (objection !== undefined) return out.reject(from, objection);
    if (this.#standings.admit(from)) {
      out.mark({ name: "admitted", view: this.#roles.epoch, detail: from });
    }
    if (message.epoch < this.#roles.epoch) this.#tell(from, now, out);
    if (message.kind === "participation") return this.#onParticipation(message, now, out);
    this.#heights.tell(from, message.height);
    this.#checkHeight(from, now, out);
    if (message.kind === "suspicion") this.#onSuspicion(message, now, out);
  }

  #onSuspicion(suspicion: Suspicion, now: Millis, out: CcroOut): void {
    const { node } = suspicion;
    const objection = objectionToSuspicion(this.#roles, this.#suspicions.get(node), suspicion);
    if (objection !== undefined) return out.reject(node, objection);

    this.#suspicions.set(node, suspicion);
    this.#reselect(suspicion.epoch, now, out);
  }

  /** Trust is computed after each round. */
  #onParticipation(round: Participation, now: Millis, out: CcroOut): void {
    const { node, epoch, height, answers } = round;
    const objection = objectionToParticipation(this.#roles, this.#rated, this.#heights, round);
    if (objection !== undefined) return out.reject(node, objection);

    this.#rated = height;
    const isAlive = (peer: NodeId) => this.#heights.isAliveAt(height, peer);
    const ratings = this.#standings.rate({ roles: this.#roles, answers, isAlive });
    this.#keep(height, epoch, ratings);
    const useful = new Set(answers.filter(({ isForBlock }) => isForBlock).map((one) => one.node));
    const outcome = {
      f: this.#setup.f,
      useless: new Set(this.#roles.consensus.filter((voter) => !useful.has(voter))),
      isCheckpoint: height % this.#setup.settings.checkpointInterval === 0,
    };
    if (callsForNewRoles(this.#roles, ratings, this.#standings, outcome)) {
      this.#assign([], epoch, new Set(), now, out);
    }
  }

  /** f + 1 complaints about one epoch end it. It may be a newer one than a monitor without memory knows. */
  #reselect(epoch: number, now: Millis, out: CcroOut): void {
    const needed = weakQuorumOf(this.#setup.f);
    const suspicions = [...this.#suspicions.values()].filter(
      (suspicion) => suspicion.epoch === epoch,
    );
    if (suspicions.length < needed) return;
    const replaced = this.#replacedBy(suspicions, needed);
    for (const role of replaced) {
      this.#failedIn.set(this.#roles[role], epoch);
      this.#standings.fail(this.#roles[role]);
    }
    this.#assign(replaced, epoch, new Set(suspicions.map(({ node }) => node)), now, out);
  }

  /** An epoch that brought nothing loses both: one of the two stands in the way, whoever is accused. */
  #replacedBy(suspicions: readonly Suspicion[], needed: number): readonly LeadingRole[] {
    const height = heightStoredBy(suspicions, needed);
    const hasProgress = height > this.#height;
    this.#height = Math.max(height, this.#height);
    return hasProgress ? rolesToReplace(suspicions) : ["primary", "communication"];
  }

  #assign(
    replaced: readonly LeadingRole[],
    epoch: number,
    heard: ReadonlySet<NodeId>,
    now: Millis,
    out: CcroOut,
  ): void {
    const { n, f } = this.#setup;
    const candidates = { n, f, standings: this.#standings, failedIn: this.#failedIn, heard };
    this.#announce(nextRoles(this.#roles, replaced, epoch + 1, candidates), now, out);
  }

  #announce(assignment: Assignment, now: Millis, out: CcroOut): void {
    const sealed = { ...this.#setup.tools.seal(assignment), message: assignment };
    const { epoch, primary, communication } = assignment;
    this.#roles = rolesIn(sealed);
    this.#suspicions = new Map();
    this.#rated = 0;
    const record: AssignmentRecord = { assignment: sealed, trust: this.#standings.table() };
    // Signed messages are plain data; interfaces merely have no index signature to say so.
    out.persist(record as unknown as Json);
    out.mark({ name: "roles assigned", view: epoch, detail: `${primary} ${communication}` });
    for (const node of this.#nodes) this.#toldAt.set(node, now);
    out.broadcast(this.#nodes, assignment);
  }

  /** Whoever speaks of an older epoch has not heard of this one. */
  #tell(node: NodeId, now: Millis, out: CcroOut): void {
    const { assignment } = this.#roles;
    if (assignment === undefined || !this.#mayTell(node, now)) return;
    this.#toldAt.set(node, now);
    out.forward(node, assignment);
  }

  /** Algorithm 1: a node that is behind is told so, and fetches what it lacks (algorithm 2). */
  #checkHeight(node: NodeId, now: Millis, out: CcroOut): void {
    const holder = this.#heights.holderFor(node);
    if (holder === undefined || !this.#mayTell(node, now)) return;
    this.#toldAt.set(node, now);
    out.send(node, { kind: "height-check", height: this.#heights.attested, holder });
  }

  #mayTell(node: NodeId, now: Millis): boolean {
    const toldAt = this.#toldAt.get(node) ?? Number.NEGATIVE_INFINITY;
    return now - toldAt >= this.#setup.settings.timeoutMs / 2;
  }

  #keep(height: number, epoch: number, ratings: readonly Rating[]): void {
    this.#rounds.delete(height);
    this.#rounds.set(height, { epoch, ratings });
    const [oldest] = this.#rounds.keys();
    const most = 2 * this.#setup.settings.checkpointInterval;
    if (oldest !== undefined && this.#rounds.size > most) this.#rounds.delete(oldest);
  }

  #relive(records: readonly Json[]): void {
    const last = records.at(-1);
    if (last === undefined) return;
    const { assignment, trust } = last as unknown as AssignmentRecord;
    this.#roles = rolesIn(assignment);
    this.#standings.restore(trust);
  }

  status(): Status {
    const { n, f, settings } = this.#setup;
    const { epoch, primary, communication, consensus } = this.#roles;
    return {
      role: "monitor",
      view: epoch,
      slot: 0,
      f,
      tolerates: toleranceOf(n, f),
      primary,
      communication,
      consensus,
      excluded: this.#nodes.filter(
        (node) => node !== primary && node !== communication && !consensus.includes(node),
      ),
      height: this.#heights.attested,
      reading: settings.trust ?? "cumulative",
      trust: this.#standings.table(),
      suspicions: [...this.#suspicions.keys()],
      failedIn: Object.fromEntries(this.#failedIn),
    };
  }

  /** It votes on nothing; it notes what it thinks of everybody after each round. */
  log(from: number, to: number): readonly LogEntry[] {
    const slots = [...this.#rounds.keys()].filter((slot) => slot >= from && slot <= to);
    return slots.flatMap((slot) => {
      const round = this.#rounds.get(slot);
      if (round === undefined) return [];
      const notes = round.ratings.map((rating) => ({ ...rating }));
      const nothing = { values: [], votes: [], voters: [] };
      return [{ slot, view: round.epoch, state: "rated", ...nothing, notes }];
    });
  }
}
