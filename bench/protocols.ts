/** All protocols of the house. A new one is one folder and one line here. */

import {
  type CcroMessage,
  ccro,
  ccroCertified,
  ccroSafe,
  createProtocol,
  literal,
  safe,
  safetyRules,
  without,
} from "../ccro/index.ts";
import { UsageError } from "../core/assert.ts";
import type { Protocol } from "../core/protocol.ts";
import { flood } from "../flood/index.ts";
import { paxos } from "../paxos/index.ts";
import { pbft } from "../pbft/index.ts";
import { inDomains, readDomainName } from "./domains/in-domains.ts";

export const protocols: readonly Protocol[] = [pbft, ccro, ccroCertified, ccroSafe, paxos, flood];

/**
 * Rule sets that exist to show what a rule is good for: CCRO to the letter, and the safe rules without
 * one of R1 to R5. They answer to their names everywhere; no suite runs them unless it names them.
 */
export const ablations: readonly Protocol<CcroMessage>[] = [
  literal,
  ...safetyRules.map((rule) => without(safe, rule)),
].map(createProtocol);

/** For `--help`. */
export const aboutAblations = `Besides ${protocols.map(({ name }) => name).join(", ")} there are rule sets that show what a rule is good for: ccro-literal (a new primary knows heights alone), and ccro-safe-without-r1 to -r5.`;

const everyProtocol = [...protocols, ...ablations];

/** As at the command line. */
export const protocolNames: readonly string[] = everyProtocol.map(({ name }) => name);

/**
 * The protocol of this name, as at the command line, or in domains as processes name it to each other;
 * whoever names another is told which there are.
 */
export function protocolNamed(name: string): Protocol {
  const split = readDomainName(name);
  if (split !== undefined) return inDomains(protocolNamed(split.inner), split.domains, split.seed);
  const protocol = everyProtocol.find((known) => known.name === name);
  if (protocol !== undefined) return protocol;
  const known = protocolNames.join(", ");
  throw new UsageError(`there is no protocol ${JSON.stringify(name)}, only ${known}`);
}

/** What a cell runs. Its costs and kinds depend on no seed; who is in which domain does. */
export const protocolOf = (
  { protocol, domains }: { readonly protocol: string; readonly domains: number },
  seed = 0,
): Protocol => inDomains(protocolNamed(protocol), domains, seed);
