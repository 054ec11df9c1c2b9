/**
 * The cluster that sets are played on, in virtual time: one client for each account, nodes that can be
 * disconnected and come back, faults that change from set to set, a jury that watches all of it.
 */

import { canonical, type Json } from "../../core/encoding.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Acceptance, Effect } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol, Settings } from "../../core/protocol.ts";
import { createBank } from "../../services/bank.ts";
import { Jury, stateTransferredMark, type Verdict } from "../../sim/judge.ts";
import type { Network } from "../../sim/network.ts";
import { allOf } from "../../sim/observers.ts";
import { Simulation } from "../../sim/simulation.ts";
import { AccountBook, type Balances } from "./account-book.ts";
import { faultsIn, isLie, type SetFault } from "./attacks.ts";
import { leadingRoles } from "./equivocation.ts";
import { accounts } from "./notation.ts";
import { numberOf, type ScenarioSet, type Step } from "./scenario.ts";

export interface StageOptions {
  readonly protocol: Protocol;
  readonly n: number;
  /** Nodes above it are not in any file: they always run. */
  readonly highestInFile: number;
  readonly seed: number;
  readonly settings: Settings;
  readonly network: Network;
  /** All sets that will be played here, in order. */
  readonly sets: readonly ScenarioSet[];
}

export type Transaction = Exclude<Step, { readonly kind: "leader fails" }>;

/** A transaction in the hands of its client. */
export interface Ticket {
  readonly set: ScenarioSet;
  readonly step: Transaction;
  readonly client: NodeId;
  readonly timestamp: number;
  readonly submittedAtMs: Millis;
  accepted: (Acceptance & { readonly atMs: Millis }) | undefined;
}

/** A replica as it stands now. */
export interface Standing {
  readonly id: NodeId;
  readonly isConnected: boolean;
  readonly role: string;
  readonly view: number;
  /** The view as a pair, where the protocol has a text for it. */
  readonly ballot: string | undefined;
  /** Whether it left its view and the next has not begun. */
  readonly isBetweenViews: boolean;
  /** The highest slot executed. */
  readonly slot: number;
  readonly balances: Balances;
}

export class Stage {
  readonly #options: StageOptions;
  readonly #simulation: Simulation<Message>;
  readonly #jury: Jury;
  readonly #replicas: readonly NodeId[];
  readonly #books: ReadonlyMap<NodeId, AccountBook>;
  readonly #faults: ReadonlyMap<NodeId, readonly SetFault[]>;
  readonly #tickets: Ticket[] = [];
  readonly #submittedBy = new Map<NodeId, number>();
  #cutOff: ReadonlySet<NodeId> = new Set();
  #played: ScenarioSet | undefined;

  constructor(options: StageOptions) {
    const { protocol, n, sets, settings } = options;
    this.#options = options;
    const members = protocol.members(n).filter(({ isReplica }) => isReplica);
    this.#replicas = members.map(({ id }) => id);
    this.#books = new Map(this.#replicas.map((id) => [id, new AccountBook()]));
    const setting = { protocol, timeoutMs: settings.timeoutMs };
    const isPlayed = (set: ScenarioSet) => set === this.#played;
    this.#faults = new Map(
      this.#replicas.map((id) => [id, faultsIn(sets, id, setting, isPlayed)] as const),
    );
    const liars = new Set(
      sets.flatMap(({ attacks, byzantine }) => (attacks.some(isLie) ? byzantine : [])),
    );
    this.#jury = new Jury(this.#replicas.filter((id) => !liars.has(id)));
    this.#simulation = this.#createSimulation();
  }

  get now(): Millis {
    return this.#simulation.now;
  }

  get tickets(): readonly Ticket[] {
    return this.#tickets;
  }

  get pending(): readonly Ticket[] {
    return this.#tickets.filter(({ accepted }) => accepted === undefined);
  }

  /** Who is disconnected in a set: whom the file does not list as live. */
  downIn({ live }: ScenarioSet): readonly NodeId[] {
    if (live === undefined) return [];
    const { highestInFile } = this.#options;
    return this.#replicas.filter((id) => numberOf(id) <= highestInFile && !live.includes(id));
  }

  /** Nodes that no set can disconnect. */
  get spare(): readonly NodeId[] {
    return this.#replicas.filter((id) => numberOf(id) > this.#options.highestInFile);
  }

  /** Connects who is live in this set, disconnects everybody else, and begins its attacks. */
  enter(set: ScenarioSet): void {
    this.#played = set;
    this.#cutOff = new Set(this.downIn(set));
  }

  /** Disconnects the node that leads the newest view; undefined where nobody leads. */
  failLeader(): NodeId | undefined {
    const leader = this.leader();
    if (leader !== undefined) this.#cutOff = new Set([...this.#cutOff, leader]);
    return leader;
  }

  leader(): NodeId | undefined {
    return this.standings()
      .filter(({ isConnected, role }) => isConnected && leadingRoles.has(role))
      .filter(({ isBetweenViews }) => !isBetweenViews)
      .reduce<Standing | undefined>(
        (newest, next) => (newest !== undefined && newest.view >= next.view ? newest : next),
        undefined,
      )?.id;
  }

  /** Hands a transaction to the client of its account. */
  submit(set: ScenarioSet, step: Transaction): Ticket {
    const client = clientOf(step);
    const timestamp = (this.#submittedBy.get(client) ?? 0) + 1;
    this.#submittedBy.set(client, timestamp);
    const submittedAtMs = this.now;
    const ticket: Ticket = { set, step, client, timestamp, submittedAtMs, accepted: undefined };
    this.#tickets.push(ticket);
    const operation = canonical(operationOf(step));
    this.#jury.submitted(client, operation);
    this.#simulation.request(client, operation);
    return ticket;
  }

  /** Lets time pass, at most so much, until there is enough. */
  run(forMs: Millis, isEnough: () => boolean = () => false): void {
    this.#simulation.run(this.now + forMs, isEnough);
  }

  standings(): readonly Standing[] {
    return this.#replicas.map((id) => this.#standingOf(id));
  }

  verdict(): Verdict {
    return this.#jury.verdict();
  }

  /** Who answered a client, and who of them with what it accepted. */
  answersTo({ client, timestamp, accepted }: Ticket): { total: number; matching: number } {
    const [entry] = this.#simulation.node(client)?.machine.log(timestamp, timestamp) ?? [];
    const votes = entry?.votes ?? [];
    const [vouching] = accepted?.from ?? [];
    const right = votes.find(({ voter }) => voter === vouching)?.digest;
    return { total: votes.length, matching: votes.filter(({ digest }) => digest === right).length };
  }

  /** How often each attack of the set changed or held back something. */
  attacksIn(set: ScenarioSet): readonly (SetFault & { node: NodeId; fired: number })[] {
    return [...this.#faults].flatMap(([node, faults]) => {
      const witnesses = this.#simulation.node(node)?.witnesses ?? [];
      return faults
        .map((each, index) => ({ ...each, node, fired: witnesses[index]?.fired ?? 0 }))
        .filter((each) => each.set === set);
    });
  }

  #standingOf(id: NodeId): Standing {
    const status = this.#simulation.node(id)?.machine.status();
    const ballot = status?.["ballot"];
    return {
      id,
      isConnected: !this.#cutOff.has(id),
      role: status?.role ?? "",
      view: status?.view ?? 0,
      ballot: typeof ballot === "string" ? ballot : undefined,
      // Each protocol says it in its own words; those that have none are never between views.
      isBetweenViews: status?.["isViewChanging"] === true || status?.["isOpened"] === false,
      slot: status?.slot ?? 0,
      balances: this.#books.get(id)?.balances() ?? {},
    };
  }

  #createSimulation(): Simulation<Message> {
    const { protocol, n, seed, settings, network } = this.#options;
    const faults = [...this.#faults].filter(([, all]) => all.length > 0);
    return new Simulation<Message>({
      protocol: this.#withBooks(protocol),
      n,
      clients: accounts.length,
      seed,
      settings,
      network: (passage) =>
        this.#cutOff.has(passage.from) || this.#cutOff.has(passage.to) ? [] : network(passage),
      createService: () => createBank(),
      faults: new Map(faults.map(([id, all]) => [id, all.map(({ fault }) => fault)])),
      observer: allOf(this.#jury.observer(), {
        effect: (node, effect, now) => this.#hear(node, effect, now),
      }),
    });
  }

  #withBooks(protocol: Protocol): Protocol {
    return {
      ...protocol,
      createMember: (setup) => {
        const book = this.#books.get(setup.id);
        const service = book?.listenTo(setup.service) ?? setup.service;
        return protocol.createMember({ ...setup, service });
      },
    };
  }

  #hear(node: NodeId, effect: Effect<Message>, now: Millis): void {
    switch (effect.kind) {
      case "deliver":
        return this.#books.get(node)?.delivered(effect.delivery);
      case "mark":
        if (effect.mark.name === stateTransferredMark) this.#books.get(node)?.transferred();
        return;
      case "accept":
        return this.#accept(node, effect.acceptance, now);
      default:
        return;
    }
  }

  #accept(client: NodeId, acceptance: Acceptance, atMs: Millis): void {
    const ticket = this.#tickets.find(
      (open) => open.client === client && open.timestamp === acceptance.timestamp,
    );
    if (ticket !== undefined) ticket.accepted = { ...acceptance, atMs };
  }
}

/** The account that pays, or that is asked about, has its own client. */
function clientOf(step: Transaction): NodeId {
  const account = step.kind === "transfer" ? step.from : step.account;
  return `c${accounts.indexOf(account)}`;
}

function operationOf(step: Transaction): Json {
  if (step.kind === "balance") return { op: "balance", account: step.account };
  const { from, to, amount } = step;
  return { op: "transfer", from, to, amount };
}
