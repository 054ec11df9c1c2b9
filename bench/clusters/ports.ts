/** Which ports the nodes of a cluster use, and ports where nobody listens. */

import { createServer } from "node:net";
import type { NodeId } from "../../core/ids.ts";
import { urlOf } from "../../host/node-server.ts";
import type { ClusterSpec } from "../cluster.ts";

/** Node i listens on basePort + i; 0 lets the system choose. */
export const portOf = ({ basePort }: Pick<ClusterSpec, "basePort">, index: number): number =>
  basePort === 0 ? 0 : basePort + index;

/**
 * Where offline nodes would be: ports that were free a moment ago. To be taken once everybody else
 * listens, so that none of them gets such a port.
 */
export async function refusingUrls(
  offline: readonly (readonly [id: NodeId, port: number])[],
  bind: string,
): Promise<readonly (readonly [NodeId, string])[]> {
  const reserved = await Promise.all(
    offline.map(async ([id, port]) => ({ id, server: await listenOn(port, bind) })),
  );
  const urls = reserved.map(({ id, server }): readonly [NodeId, string] => {
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return [id, urlOf(bind, port)];
  });
  await Promise.all(reserved.map(({ server }) => new Promise((resolve) => server.close(resolve))));
  return urls;
}

function listenOn(port: number, bind: string) {
  const server = createServer();
  return new Promise<typeof server>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, bind, () => resolve(server));
  });
}
