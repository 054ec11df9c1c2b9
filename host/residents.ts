/** Who lives at a node: a member of the protocol, and the clients of its gateway. */

import type { NodeId, Operation, Result } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { Observer } from "../core/ports.ts";
import type { EventHub } from "./event-hub.ts";
import { Gateway } from "./gateway.ts";
import type { Host } from "./host.ts";
import { InjectedFaults } from "./injected-faults.ts";
import type { Participant } from "./participant.ts";
import type { Traffic } from "./quiet.ts";
import {
  createLane,
  createMember,
  type MemberResident,
  type Resident,
  reportsOf,
  trafficOf,
} from "./resident.ts";
import type { ReportedParticipant } from "./site.ts";
import type { Tally } from "./tally.ts";

export class Residents {
  readonly member: Participant;
  readonly gateway: Gateway;
  /** Undefined where nobody may inject any. */
  readonly injected: InjectedFaults | undefined;
  readonly #host: Host;
  readonly #member: MemberResident;
  readonly #everybody: readonly Resident[];

  constructor(host: Host, id: NodeId, events: EventHub) {
    const { options } = host;
    const makeTransport = (tally: Tally) => host.transportOf(tally);
    this.#host = host;
    this.injected = options.hasControl ? new InjectedFaults() : undefined;
    const faults = this.injected === undefined ? [] : [this.injected];
    const member = createMember(options, id, makeTransport, { observer: tellTo(events), faults });
    const clients = options.directory
      .clientsAt(id)
      .map((client) => createLane(options, client, makeTransport));
    this.member = member.participant;
    this.#member = member;
    this.gateway = new Gateway(clients.map(({ lane }) => lane));
    this.#everybody = [member, ...clients];
    for (const { participant } of this.#everybody) host.house(participant);
  }

  start(): void {
    for (const { participant } of this.#everybody) participant.start();
  }

  stop(losesDisk: boolean): void {
    this.gateway.stop("the node went down");
    this.member.stop({ losesDisk });
  }

  /** Only for operations that change nothing. */
  readLocally(operation: Operation): Result | undefined {
    return this.member.isUp ? this.#member.service()?.execute(operation).result : undefined;
  }

  /** `after` so many deliveries; whoever is down is missing. */
  reports(after: number): readonly ReportedParticipant[] {
    return reportsOf(this.#everybody, after);
  }

  traffic(): Traffic {
    const traffic = trafficOf(this.#everybody);
    return { ...traffic, underWay: traffic.underWay + this.#host.inbox.waiting };
  }
}

/** What a member does, for whoever watches. */
const tellTo = (events: EventHub): Observer<Message> => ({
  sent: (node, to, envelope, atMs) => {
    if (events.isWatched) events.tell({ name: "sent", node, atMs, detail: { to, envelope } });
  },
  // Whole, as it came: whoever watches can post it again and see what happens.
  received: (node, envelope, atMs) => {
    if (events.isWatched) events.tell({ name: "received", node, atMs, detail: { envelope } });
  },
  effect: (node, effect, atMs) => {
    if (!events.isWatched) return;
    const { kind: name, ...detail } = effect;
    events.tell({ name, node, atMs, detail });
  },
});
