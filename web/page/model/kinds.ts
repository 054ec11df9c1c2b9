/** A colour for each kind of message: by its place in the protocol's round. */

import { protocolNamed, protocolNames } from "../../../bench/protocols.ts";

/** As many as style.css names. */
const colors = 8;

export function colorNumber(protocol: string, kind: string): number {
  if (!protocolNames.includes(protocol)) return 0;
  const { kinds } = protocolNamed(protocol);
  return Math.max(0, kinds.indexOf(kind)) % colors;
}

export const colorName = (protocol: string, kind: string): string =>
  `--kind-${colorNumber(protocol, kind)}`;
