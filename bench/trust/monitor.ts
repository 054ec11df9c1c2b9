/** Which protocols have a monitor that computes trust. */

import type { NodeId } from "../../core/ids.ts";
import type { Protocol } from "../../core/protocol.ts";

/** Undefined where there is none. */
export const monitorOf = ({
  members,
  nodesFor,
}: Pick<Protocol, "members" | "nodesFor">): NodeId | undefined =>
  members(nodesFor(1)).find(({ role }) => role === "monitor")?.id;
