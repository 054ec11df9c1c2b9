/** All protocols of the house. A new one is one folder and one line here. */

import { ccro, ccroCertified, ccroSafe } from "../ccro/index.ts";
import { UsageError } from "../core/assert.ts";
import type { Protocol } from "../core/protocol.ts";
import { flood } from "../flood/index.ts";
import { paxos } from "../paxos/index.ts";
import { pbft } from "../pbft/index.ts";

export const protocols: readonly Protocol[] = [pbft, ccro, ccroCertified, ccroSafe, paxos, flood];

/** The protocol of this name, as at the command line; whoever names another is told which there are. */
export function protocolNamed(name: string): Protocol {
  const protocol = protocols.find((known) => known.name === name);
  if (protocol !== undefined) return protocol;
  const known = protocols.map((other) => other.name).join(", ");
  throw new UsageError(`there is no protocol ${JSON.stringify(name)}, only ${known}`);
}
