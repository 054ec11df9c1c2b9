/**
 * What the protocol inside of a domain replicates: order, and nothing else. The real service runs on the
 * common ledger, because a result depends on the blocks of all domains below.
 */

import type { Service } from "../core/service.ts";

const ordered = { result: "null", undo: () => {} };

export const createOrdering = (): Service => ({
  execute: () => ordered,
  snapshot: () => "",
  restore: () => {},
  view: () => "in order",
});
