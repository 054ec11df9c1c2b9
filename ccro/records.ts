/**
 * What a node puts on disk before it speaks, and how it comes back from that: so a restart never
 * makes it vote or reply twice differently, or answer in an epoch that it has left.
 */

import type { Json } from "../core/encoding.ts";
import type { Signed } from "../core/messages.ts";
import type {
  Assignment,
  Block,
  Checkpoint,
  FormalBlock,
  Prepare,
  Prepared,
  Reply,
} from "./messages.ts";
import { roleOf, rolesIn } from "./roles.ts";
import type { CcroOut, CcroState } from "./state.ts";

export type CcroRecord =
  | { readonly kind: "joined"; readonly assignment: Signed<Assignment> }
  | { readonly kind: "voted"; readonly prepare: Prepare; readonly block: Block }
  | {
      readonly kind: "replied";
      readonly reply: Reply;
      readonly block: Block;
      /** Absent where commits prove nothing. */
      readonly prepared?: Prepared | undefined;
    }
  | { readonly kind: "stored"; readonly formal: FormalBlock }
  | { readonly kind: "adopted"; readonly checkpoint: Checkpoint };

export function persist(record: CcroRecord, out: CcroOut): void {
  // Messages are plain data; interfaces merely have no index signature to say so.
  out.persist(record as unknown as Json);
}

/** Relives an earlier life without speaking. */
export function restore(state: CcroState, records: readonly Json[]): void {
  for (const record of records) relive(state, record as unknown as CcroRecord);
  forgetStored(state);
}

function relive(state: CcroState, record: CcroRecord): void {
  const { rounds, ledger, certificates } = state;
  switch (record.kind) {
    case "joined":
      state.roles = rolesIn(record.assignment);
      state.role = roleOf(state.roles, state.id);
      state.opened = undefined;
      return;
    case "voted": {
      state.prepares = [...state.prepares, record.prepare];
      const { block, prepare } = record;
      rounds.open(state.roles, block.height).proposed = { block, digest: prepare.digest };
      return;
    }
    case "replied": {
      const { reply, prepared, block } = record;
      state.replies = [...state.replies, reply];
      if (prepared !== undefined) state.prepared = prepared;
      const roles = prepared === undefined ? state.roles : certificates.rolesOf(prepared);
      if (typeof roles === "string") return;
      rounds.open(roles, reply.height).proposed = { block, digest: reply.digest };
      return;
    }
    case "stored":
      ledger.store(record.formal);
      rounds.forgetBelow(ledger.height);
      return;
    case "adopted":
      ledger.adopt(record.checkpoint);
      rounds.forgetBelow(ledger.height);
      return;
  }
}

/** What it said about heights that are stored by now binds it no more: it answers with the block. */
export function forgetStored(state: CcroState): void {
  const { height } = state.ledger;
  state.prepares = state.prepares.filter((prepare) => prepare.height > height);
  state.replies = state.replies.filter((reply) => reply.height > height);
  if (state.prepared !== undefined && state.prepared.height <= height) state.prepared = undefined;
}
