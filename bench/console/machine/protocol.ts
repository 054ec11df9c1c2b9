/** PBFT by hand as a protocol of the house: four replicas and one client, each with an operator. */

import type { NodeId } from "../../../core/ids.ts";
import type { ClientSetup, Protocol } from "../../../core/protocol.ts";
import { pbft } from "../../../pbft/index.ts";
import { type PbftMessage, signedText } from "../../../pbft/messages.ts";
import { isPbftMessage } from "../../../pbft/shapes.ts";
import { OperatedClient } from "./client.ts";
import { clientId } from "./names.ts";
import { OperatedReplica } from "./replica.ts";
import {
  type ConsoleMessage,
  isSide,
  isSideMessage,
  sideKinds,
  sideText,
} from "./side-messages.ts";

export interface ByHandOptions {
  /** Where the timestamps of a client that starts now begin. */
  firstTimestamp(): number;
}

export function pbftByHand({ firstTimestamp }: ByHandOptions): Protocol<ConsoleMessage> {
  return {
    ...pbft,
    name: "pbft-by-hand",
    title: "PBFT by hand",
    // The client is a member with a server of its own, so that it can be a terminal of its own.
    members: (n) => [...pbft.members(n), { id: clientId, role: "client", isReplica: false }],
    createMember: (setup) =>
      isClient(setup.id)
        ? new OperatedClient({ ...setup, firstTimestamp: firstTimestamp() })
        : new OperatedReplica(setup),
    // Whoever posts to a node without a console, curl for example, is served by an ordinary client.
    createClient: (setup) => pbft.createClient(setup as unknown as ClientSetup<PbftMessage>),
    signedText: (message) => (isSide(message) ? sideText(message) : signedText(message)),
    check: (value) => (isSideKind(value) ? isSideMessage(value) : isPbftMessage(value)),
    kinds: [...pbft.kinds, ...sideKinds],
    // By hand nothing is said all the time: a cluster is quiet when all of it has arrived.
    controlKinds: [],
    lies: {
      corrupt: () => undefined,
      equivocate: () => undefined,
      forge: () => undefined,
      spam: () => undefined,
    },
  };
}

const isClient = (id: NodeId): boolean => id === clientId;

function isSideKind(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return sideKinds.some((kind) => kind === value.kind);
}
