/** The state of a PBFT replica in the shape of seed 001. */

import type { Complaint } from "../complaint.ts";
import type { Site } from "../site.ts";
import type { Understood } from "./asked.ts";

export interface ReplicaState {
  /** The leader also says which sequence it gave out last. */
  readonly replica_state:
    | "Replica"
    | "ViewChange"
    | { readonly Leader: { readonly sequence: number } };
  /** As everywhere in this house it counts from 0; the seed counted from 1. */
  readonly view: number;
  readonly last_applied: number;
  readonly last_stable_checkpoint_sequence: number | null;
}

/** What PBFT's status has beyond that of every protocol. */
interface PbftStatus {
  readonly role: string;
  readonly view: number;
  readonly slot: number;
  readonly isViewChanging?: boolean;
  readonly lastProposed?: number;
  readonly lowWatermark?: number;
}

export function replicaStateOf(site: Site): Understood<ReplicaState> {
  const { name } = site.protocol;
  if (name !== "pbft") return { complaint: notPbft(name) };
  const status: PbftStatus | undefined = site.memberStatus();
  if (status === undefined) return { complaint: isDown };
  const { role, view, slot, isViewChanging, lastProposed = 0, lowWatermark = 0 } = status;
  const Leader = { sequence: Math.max(slot, lastProposed) };
  const state = role === "primary" ? { Leader } : "Replica";
  return {
    value: {
      replica_state: isViewChanging === true ? "ViewChange" : state,
      view,
      last_applied: slot,
      last_stable_checkpoint_sequence: lowWatermark === 0 ? null : lowWatermark,
    },
  };
}

const isDown: Complaint = { status: 504, code: "down", message: "this node is down" };

const notPbft = (name: string): Complaint => ({
  status: 404,
  code: "not-pbft",
  message: `this node runs ${name}, not pbft: see GET /status`,
});
