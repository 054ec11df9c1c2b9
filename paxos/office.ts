/** Offices change hands here: whoever hears of a higher ballot serves its owner from then on. */

import type { Out } from "../core/out.ts";
import { type Ballot, ownerOf } from "./ballots.ts";
import type { PaxosMessage } from "./messages.ts";
import { promisedRecord } from "./records.ts";
import type { PaxosState } from "./state.ts";

/**
 * Promises a higher ballot, on disk before anything else is said; gives up whatever office belongs to
 * a lower one; tells the new owner who is waiting.
 */
export function follow(state: PaxosState, ballot: Ballot, out: Out<PaxosMessage>): void {
  if (ballot <= state.promised) return;
  out.persist(promisedRecord(ballot));
  if (state.office.kind !== "backup") out.mark({ name: "stepped down", view: ballot });
  state.promised = ballot;
  state.office = { kind: "backup" };
  const owner = ownerOf(ballot);
  if (owner === state.id) return;
  for (const signed of state.waiting.values()) out.forward(owner, signed);
}
