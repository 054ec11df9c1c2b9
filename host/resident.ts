/** Makes the participants of a process, whatever carries their messages, and reads what they counted. */

import type { Fault } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { Message } from "../core/messages.ts";
import type { Observer, Transport } from "../core/ports.ts";
import type { Tools } from "../core/protocol.ts";
import type { Service } from "../core/service.ts";
import type { HostOptions } from "./host.ts";
import { Lane } from "./lane.ts";
import { Participant } from "./participant.ts";
import type { Traffic } from "./quiet.ts";
import type { ReportedParticipant } from "./site.ts";
import { Tally } from "./tally.ts";

/** A participant, and what its transport counts. */
export interface Resident {
  readonly participant: Participant;
  readonly tally: Tally;
}

export interface MemberResident extends Resident {
  /** The copy of the service that its latest life works on. */
  service(): Service | undefined;
}

export type TransportMaker = (tally: Tally) => Transport<Message>;

export interface MemberExtras {
  readonly observer: Observer<Message>;
  /** Faults besides those that are placed on it. */
  readonly faults: readonly Fault<Message>[];
}

export const noExtras: MemberExtras = { observer: {}, faults: [] };

/** A replica, or whatever else the protocol's `members` names. */
export function createMember(
  options: HostOptions,
  id: NodeId,
  makeTransport: TransportMaker,
  extras: MemberExtras = noExtras,
): MemberResident {
  const { protocol, n, settings } = options;
  const f = protocol.faultsTolerated(n);
  let latest: Service | undefined;
  const resident = createResident(options, id, makeTransport, {
    observer: both(extras.observer, options.observer ?? {}),
    createFaults: () => [...options.createFaults(id), ...extras.faults],
    createMachine: (tools) => {
      const service = options.createService();
      latest = service;
      return protocol.createMember({ id, n, f, service, tools, settings });
    },
  });
  return { ...resident, service: () => latest };
}

/** Two observers as one. */
const both = (one: Observer<Message>, other: Observer<Message>): Observer<Message> => ({
  sent: (...seen) => {
    one.sent?.(...seen);
    other.sent?.(...seen);
  },
  received: (...seen) => {
    one.received?.(...seen);
    other.received?.(...seen);
  },
  stepped: (...seen) => {
    one.stepped?.(...seen);
    other.stepped?.(...seen);
  },
  effect: (...seen) => {
    one.effect?.(...seen);
    other.effect?.(...seen);
  },
});

/** A client with one request at a time. */
export function createLane(
  options: HostOptions,
  id: NodeId,
  makeTransport: TransportMaker,
): Resident & { readonly lane: Lane } {
  const { protocol, n, settings, time, firstTimestamp } = options;
  const f = protocol.faultsTolerated(n);
  const tally = new Tally();
  const lane = new Lane(time, firstTimestamp(), (observer, nextTimestamp) => {
    const own: OwnParts = {
      observer,
      createFaults: () => [],
      createMachine: (tools) =>
        protocol.createClient({ id, n, f, tools, settings, firstTimestamp: nextTimestamp() }),
    };
    return createResident(options, id, makeTransport, own, tally).participant;
  });
  return { lane, participant: lane.participant, tally };
}

interface OwnParts {
  readonly observer: Observer<Message>;
  createFaults(): readonly Fault<Message>[];
  createMachine(tools: Tools<Message>): Machine<Message>;
}

function createResident(
  options: HostOptions,
  id: NodeId,
  makeTransport: TransportMaker,
  own: OwnParts,
  tally = new Tally(),
): Resident {
  const { protocol, time, keyring, random, directory, limits } = options;
  const participant = new Participant({
    ...own,
    id,
    signedText: (message) => protocol.signedText(message),
    time,
    transport: makeTransport(tally),
    crypto: keyring.cryptoOf(id),
    random: random.fork(id),
    peers: directory.members.map((member) => member.id).filter((peer) => peer !== id),
    lies: protocol.lies,
    isControl: (kind) => protocol.controlKinds.includes(kind),
    kept: limits.kept,
    disk: options.disks?.get(id),
  });
  return { participant, tally };
}

/** `after` so many deliveries, which whoever asks has already; whoever is down is missing. */
export const reportsOf = (
  residents: readonly Resident[],
  after = 0,
): readonly ReportedParticipant[] =>
  residents.flatMap(({ participant, tally }) => {
    const view = participant.view(after);
    return view === undefined ? [] : [{ ...view, transport: tally.toJSON() }];
  });

/** Messages of all of them, without control messages. Read in every turn while a round drains. */
export function trafficOf(residents: readonly Resident[]): Traffic {
  const sum = { sent: 0, received: 0, underWay: 0, heldBack: 0 };
  for (const { participant, tally } of residents) {
    sum.sent += participant.sent;
    sum.received += participant.received;
    sum.underWay += tally.underWay;
    sum.heldBack += participant.heldBack;
  }
  return sum;
}
