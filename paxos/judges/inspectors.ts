/**
 * The judges that Paxos brings along: a ballot has one value for each slot, what is chosen stays
 * chosen and was accepted by a majority, acceptors keep their promises, and promises only rise.
 */

import type { Digest, NodeId } from "../../core/ids.ts";
import type { Inspected, Inspector, Violation } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import { type Ballot, ballotText, majorityOf } from "../ballots.ts";
import type { PaxosMessage } from "../messages.ts";
import { type PaxosRecord, readRecord } from "../records.ts";

export const createInspectors = ({ n }: Inspected): readonly Inspector<PaxosMessage>[] => [
  createOneValue(),
  createPromises(),
  createChoices(n),
];

interface Choice {
  readonly ballot: Ballot;
  readonly slot: number;
  readonly digest: Digest;
}

function complain(
  judge: string,
  node: NodeId,
  slot: number | undefined,
  digests: readonly Digest[],
  why: string,
): Violation {
  return { judge, slot, nodes: [node], digests, message: `${node} ${why}` };
}

/** In one ballot, one slot is proposed, accepted and chosen with one value, by everybody. */
export function createOneValue(): Inspector<PaxosMessage> {
  const values = new Map<string, Digest>();
  return {
    sent(node, message) {
      const { kind } = message;
      if (kind !== "accept" && kind !== "accepted" && kind !== "chosen") return [];
      const { ballot, slot, digest } = message;
      // A choice is told in the ballot in which its leader asked for it.
      const place = `${ballot} ${slot}`;
      const first = values.get(place) ?? digest;
      values.set(place, first);
      if (first === digest) return [];
      const why = `sent ${kind} for ${digest} in ballot ${ballotText(ballot)}, slot ${slot}, which has ${first}`;
      return [complain("one value a ballot", node, slot, [first, digest], why)];
    },
  };
}

/** An acceptor's promises, as it wrote them down: they rise, and nothing is accepted below them. */
export function createPromises(): Inspector<PaxosMessage> {
  const promised = new Map<NodeId, Ballot>();

  function onEffect(node: NodeId, effect: Effect<PaxosMessage>): readonly Violation[] {
    const last = promised.get(node) ?? 0;
    if (effect.kind === "persist") return onRecord(node, readRecord(effect.record), last);
    if (effect.kind !== "send") return [];
    const { message } = effect;
    const isBound = message.kind === "promise" || message.kind === "accepted";
    if (!isBound || message.ballot >= last) return [];
    const why = `sent ${message.kind} for ballot ${ballotText(message.ballot)} after it promised ${ballotText(last)}`;
    return [complain("promises kept", node, undefined, [], why)];
  }

  function onRecord(node: NodeId, record: PaxosRecord, last: Ballot): readonly Violation[] {
    if (record.kind === "promised") {
      promised.set(node, Math.max(last, record.ballot));
      if (record.ballot > last) return [];
      const why = `promised ${ballotText(record.ballot)} after ${ballotText(last)}`;
      return [complain("promises rise", node, undefined, [], why)];
    }
    if (record.kind !== "accepted") return [];
    const { ballot, slot, digest } = record.proposal;
    if (ballot >= last) return [];
    const why = `accepted ${digest} in ballot ${ballotText(ballot)} after it promised ${ballotText(last)}`;
    return [complain("promises kept", node, slot, [digest], why)];
  }

  return {
    stepped(node, input, effects) {
      // What a life promised last a crash may have undone: the next one is bound by its disk.
      if (input.kind === "start") promised.set(node, highestIn(input.records.map(readRecord)));
      return effects.flatMap((effect) => onEffect(node, effect));
    },
  };
}

const highestIn = (records: readonly PaxosRecord[]): Ballot =>
  Math.max(
    0,
    ...records.map((record) => {
      if (record.kind === "promised") return record.ballot;
      return record.kind === "accepted" ? record.proposal.ballot : 0;
    }),
  );

/**
 * A value is chosen once a majority accepted it in one ballot, whether anybody knows or not. What left
 * a node decides that; whoever calls a value chosen may also count votes that are still on their way.
 */
export function createChoices(n: number): Inspector<PaxosMessage> {
  const majority = majorityOf(n);
  const votes = new Map<string, Set<NodeId>>();
  const wanted = new Map<string, Set<NodeId>>();
  // By slot and digest: a later leader may tell of an earlier choice in its own ballot.
  const choosable = new Set<string>();
  const chosen = new Map<number, Choice>();

  const keyOf = ({ ballot, slot, digest }: Choice): string => `${ballot} ${slot} ${digest}`;

  function add(counts: Map<string, Set<NodeId>>, node: NodeId, choice: Choice): number {
    const voters = counts.get(keyOf(choice)) ?? new Set<NodeId>();
    counts.set(keyOf(choice), voters.add(node));
    return voters.size;
  }

  return {
    stepped(node, _input, effects) {
      return effects.flatMap((effect) => {
        if (effect.kind !== "send" && effect.kind !== "broadcast") return [];
        const { message } = effect;
        // A leader is the first to accept what it proposes.
        if (message.kind === "accepted" || message.kind === "accept") {
          const isEnough = add(wanted, node, message) >= majority;
          if (isEnough) choosable.add(`${message.slot} ${message.digest}`);
        }
        if (message.kind !== "chosen") return [];
        const { slot, digest } = message;
        if (choosable.has(`${slot} ${digest}`)) return [];
        const why = `called ${digest} chosen in slot ${slot}, which no majority accepted`;
        return [complain("chosen by a majority", node, slot, [digest], why)];
      });
    },
    sent(node, message) {
      if (message.kind !== "accepted" && message.kind !== "accept") return [];
      if (add(votes, node, message) < majority) return [];
      const { ballot, slot, digest } = message;
      const first = chosen.get(slot) ?? { ballot, slot, digest };
      chosen.set(slot, first);
      if (first.digest === digest) return [];
      const why = `made ${digest} chosen in ballot ${ballotText(ballot)}, slot ${slot}, where ${first.digest} was chosen in ballot ${ballotText(first.ballot)}`;
      return [complain("a choice stays", node, slot, [first.digest, digest], why)];
    },
  };
}
