/** What people call the participants: P0 … P3 and client, where the house says r0 … r3 and client. */

import type { NodeId } from "../../../core/ids.ts";

/** The one client: a participant with a place of its own. */
export const clientId: NodeId = "client";

export const nameOf = (id: NodeId): string => id.replace(/^r(?=\d+$)/, "P");

/** The id behind a name, in whatever case it is typed; undefined when it is no such name. */
export function idOf(name: string): NodeId | undefined {
  const lower = name.toLowerCase();
  if (lower === clientId) return clientId;
  return /^p\d+$/.test(lower) ? `r${lower.slice(1)}` : undefined;
}

export const namesOf = (ids: readonly NodeId[]): string => ids.map(nameOf).join(", ");
