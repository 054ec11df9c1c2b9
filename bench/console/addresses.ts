/** Where everybody listens: the demo's ports unless somebody says otherwise. */

import { UsageError } from "../../core/assert.ts";
import { type NodeId, replicaIds } from "../../core/ids.ts";
import { urlOf } from "../../host/node-server.ts";
import { clientId, idOf, nameOf } from "./machine/names.ts";
import { usualClientPort, usualPort } from "./settings.ts";

export interface AddressOptions {
  readonly n: number;
  readonly id: NodeId;
  /** Of this one. */
  readonly port: number | undefined;
  /** `P2=6002,client=7777` */
  readonly peers: string | undefined;
}

export function addressesOf(options: AddressOptions): ReadonlyMap<NodeId, string> {
  const ports = new Map<NodeId, number>(
    replicaIds(options.n).map((id, index) => [id, usualPort + index]),
  );
  ports.set(clientId, usualClientPort);
  for (const [id, port] of readPeers(options)) ports.set(id, port);
  if (options.port !== undefined) ports.set(options.id, options.port);
  checkDistinct(ports);
  return new Map([...ports].map(([id, port]) => [id, urlOf("127.0.0.1", port)]));
}

function readPeers({ peers, n }: AddressOptions): readonly (readonly [NodeId, number])[] {
  if (peers === undefined) return [];
  return peers.split(",").map((part) => {
    const [, name = "", text = ""] = /^([^=]+)=(\d{1,5})$/.exec(part.trim()) ?? [];
    const id = idOf(name);
    const isKnown = id !== undefined && [...replicaIds(n), clientId].includes(id);
    const port = Number(text);
    if (isKnown && port >= 1 && port <= 65_535) return [id, port];
    throw new UsageError(
      `--peers must be a list such as P2=6002,client=7777 with nodes up to ${nameOf(`r${n - 1}`)} and ports from 1 to 65535, not "${part}"`,
    );
  });
}

function checkDistinct(ports: ReadonlyMap<NodeId, number>): void {
  const byPort = new Map<number, NodeId>();
  for (const [id, port] of ports) {
    const other = byPort.get(port);
    if (other !== undefined) {
      throw new UsageError(
        `${nameOf(other)} and ${nameOf(id)} cannot both listen on ${port}: say with --peers where the other is`,
      );
    }
    byPort.set(port, id);
  }
}
