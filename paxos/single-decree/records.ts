/** What acceptors and proposers write on their disks, and how a later life reads it. */

import { assert, unreachable } from "../../core/assert.ts";
import type { Check } from "../../core/decode.ts";
import {
  isExactly,
  isMessageOf,
  isRequest,
  isShape,
  isSigned,
  isWholeNumber,
} from "../../core/decode.ts";
import type { Json } from "../../core/encoding.ts";
import type { Ballot } from "../ballots.ts";
import type { Vote } from "./messages.ts";
import type { ParticipantState } from "./state.ts";

interface BallotRecord {
  readonly kind: "promised" | "proposed";
  readonly ballot: Ballot;
}

interface AcceptedRecord extends Vote {
  readonly kind: "accepted";
}

type ParticipantRecord = BallotRecord | AcceptedRecord;

const ballotOf = (kind: string): Check =>
  isShape<BallotRecord>({ kind: isExactly(kind), ballot: isWholeNumber });

const isRecord: Check = isMessageOf({
  promised: ballotOf("promised"),
  proposed: ballotOf("proposed"),
  accepted: isShape<AcceptedRecord>({
    kind: isExactly("accepted"),
    ballot: isWholeNumber,
    decree: isSigned(isRequest),
  }),
});

export const promisedRecord = (ballot: Ballot): Json => ({ kind: "promised", ballot });

/** A ballot has one value: a proposer never uses one twice, whatever it forgets in between. */
export const proposedRecord = (ballot: Ballot): Json => ({ kind: "proposed", ballot });

export const acceptedRecord = ({ ballot, decree: { from, message, signature } }: Vote): Json => ({
  kind: "accepted",
  ballot,
  decree: { from, message: { ...message }, signature },
});

export function restoreFrom(
  { acceptor, proposer }: ParticipantState,
  records: readonly Json[],
): void {
  for (const record of records.map(readRecord)) {
    switch (record.kind) {
      case "promised":
        acceptor.promised = Math.max(acceptor.promised, record.ballot);
        break;
      case "proposed":
        proposer.highest = Math.max(proposer.highest, record.ballot);
        break;
      case "accepted":
        acceptor.promised = Math.max(acceptor.promised, record.ballot);
        acceptor.accepted = { ballot: record.ballot, decree: record.decree };
        break;
      default:
        unreachable(record);
    }
  }
}

function readRecord(json: Json): ParticipantRecord {
  const expected = isRecord(json);
  assert(expected === undefined, `a record on the disk: it ${expected}`);
  return json as unknown as ParticipantRecord;
}
