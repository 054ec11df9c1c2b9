/**
 * That a correct replica has grounds for what it says: a prepare answers a pre-prepare and an accepted
 * pre-prepare is prepared (CASES I4), in the view it is in (I5), a commit says what prepared (I6),
 * nothing lies outside the watermarks (I12), and who wants another view votes no more (I15).
 */

import type { Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import { replicaIds } from "../../core/ids.ts";
import type { Inspected, Inspector, Violation } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import type { Signed } from "../../core/messages.ts";
import { quorumOf } from "../../core/quorum.ts";
import type { PbftMessage, PrePrepare, Vote } from "../messages.ts";
import { type PbftRecord, readRecord } from "../records.ts";

/** Where a replica is, by what it said and by its disk. */
interface Standing {
  view: number;
  isViewChanging: boolean;
  low: number;
  /** Who voted for what, the primary by its pre-prepare: by sequence, then by view and digest. */
  readonly heard: Map<number, Map<string, Set<NodeId>>>;
}

type Ordering = PrePrepare | Vote;

export function createGrounds({ n, f, settings }: Inspected): Inspector<PbftMessage> {
  const replicas = replicaIds(n);
  const standings = new Map<NodeId, Standing>();
  const primaryOf = (view: number) => replicas[view % n] ?? "";

  return {
    stepped(node, input, effects) {
      const standing = standings.get(node) ?? createStanding();
      standings.set(node, standing);
      if (input.kind === "start") begin(standing, input.records.map(readRecord));
      if (input.kind === "message") hear(standing, input.signed);
      return [
        ...effects.flatMap((effect) => follow(node, standing, effect)),
        ...unprepared(node, effects),
      ];
    },
  };

  function hear(standing: Standing, { from, message }: Signed<PbftMessage>): void {
    if (message.kind === "prepare" && from === message.replica) note(standing, from, message);
    if (message.kind === "pre-prepare" && from === primaryOf(message.view)) {
      note(standing, from, message);
    }
    if (message.kind !== "new-view" || from !== primaryOf(message.view)) return;
    for (const proposal of message.prePrepares) note(standing, from, proposal.message);
  }

  function follow(
    node: NodeId,
    standing: Standing,
    effect: Effect<PbftMessage>,
  ): readonly Violation[] {
    if (effect.kind === "persist") move(standing, recordIn(effect));
    if (effect.kind !== "broadcast") return [];
    const { message } = effect;
    if (message.kind === "new-view") hear(standing, { from: node, message, signature: "" });
    if (message.kind === "pre-prepare" || message.kind === "prepare") note(standing, node, message);
    if (!isOrdering(message)) return [];
    return flawsOf(node, standing, message).map(({ judge, why }) => ({
      judge,
      slot: message.sequence,
      nodes: [node],
      digests: [message.digest],
      message: `${node} sent a ${message.kind} for ${message.digest} in view ${message.view} at ${message.sequence} ${why}`,
    }));
  }

  function flawsOf(node: NodeId, standing: Standing, { kind, view, sequence, digest }: Ordering) {
    const { low, isViewChanging } = standing;
    const high = low + 2 * settings.checkpointInterval;
    const voters = votersFor(standing, { view, sequence, digest });
    const hasProposal = voters.has(primaryOf(view));
    const flaws: { readonly judge: string; readonly why: string }[] = [];
    if (isViewChanging) {
      flaws.push({ judge: "silence in view changes", why: `while it wants view ${standing.view}` });
    } else if (view !== standing.view) {
      flaws.push({ judge: "current view", why: `while it is in view ${standing.view}` });
    }
    if (sequence <= low || sequence > high) {
      flaws.push({ judge: "watermarks", why: `between watermarks ${low} and ${high}` });
    }
    if (kind === "pre-prepare" ? node !== primaryOf(view) : !hasProposal) {
      flaws.push({ judge: "pre-prepared", why: "without the primary's pre-prepare" });
    }
    if (kind === "commit" && voters.size < quorumOf(n, f)) {
      flaws.push({ judge: "prepared", why: `that ${voters.size} replicas prepared` });
    }
    return flaws;
  }

  /** Backups that wrote down a pre-prepare and did not answer it. */
  function unprepared(node: NodeId, effects: readonly Effect<PbftMessage>[]): readonly Violation[] {
    return effects.flatMap((effect, index) => {
      if (effect.kind !== "persist") return [];
      const record = recordIn(effect);
      if (record.kind !== "accepted") return [];
      const { view, sequence, digest } = record.proposal.message;
      const answers = effects.slice(index).some((later) => {
        if (later.kind !== "broadcast" || later.message.kind !== "prepare") return false;
        const { message } = later;
        return message.view === view && message.sequence === sequence && message.digest === digest;
      });
      if (answers || node === primaryOf(view)) return [];
      const message = `${node} accepted ${digest} in view ${view} at ${sequence} and did not prepare it`;
      return [{ judge: "pre-prepared", slot: sequence, nodes: [node], digests: [digest], message }];
    });
  }
}

/** What it has just written needs no check. */
const recordIn = ({ record }: { readonly record: Json }): PbftRecord =>
  record as unknown as PbftRecord;

const createStanding = (): Standing => ({
  view: 0,
  isViewChanging: false,
  low: 0,
  heard: new Map(),
});

/** A new life stands where its disk says; what was heard stays heard. */
function begin(standing: Standing, records: readonly PbftRecord[]): void {
  standing.view = 0;
  standing.isViewChanging = false;
  standing.low = 0;
  for (const record of records) move(standing, record);
}

function move(standing: Standing, record: PbftRecord): void {
  if (record.kind === "view change") {
    standing.view = record.view;
    standing.isViewChanging = true;
  } else if (record.kind === "new view") {
    standing.view = record.newView.message.view;
    standing.isViewChanging = false;
  } else if (record.kind === "stable") {
    standing.low = Math.max(standing.low, record.sequence);
    for (const sequence of standing.heard.keys()) {
      if (sequence <= standing.low) standing.heard.delete(sequence);
    }
  }
}

const isOrdering = (message: PbftMessage): message is Ordering =>
  message.kind === "pre-prepare" || message.kind === "prepare" || message.kind === "commit";

function note(standing: Standing, voter: NodeId, place: Place): void {
  votersFor(standing, place).add(voter);
}

type Place = Pick<Ordering, "view" | "sequence" | "digest">;

function votersFor({ heard }: Standing, { view, sequence, digest }: Place): Set<NodeId> {
  const values = heard.get(sequence) ?? new Map<string, Set<NodeId>>();
  heard.set(sequence, values);
  const key = `${view} ${digest}`;
  const voters = values.get(key) ?? new Set<NodeId>();
  values.set(key, voters);
  return voters;
}
