/** What became of a submitted operation, in the words of the bench. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { RunOutcome } from "../../host/lane.ts";
import type { Outcome } from "../cluster.ts";

export function outcomeOf(run: RunOutcome, latencyMs: Millis): Outcome {
  const { client, request, acceptance, consensusTimeMs, reason } = run;
  return {
    outcome: acceptance === undefined ? "timeout" : "committed",
    latencyMs,
    consensusTimeMs,
    client,
    timestamp: request?.timestamp,
    request: request?.digest,
    view: acceptance?.view,
    slot: acceptance?.slot,
    result: acceptance?.result,
    reason,
  };
}

/** Nothing was sent, or nothing is known of it. */
export const failedOutcome = (
  outcome: "timeout" | "refused",
  client: NodeId,
  latencyMs: Millis,
  reason: string,
): Outcome => ({
  outcome,
  latencyMs,
  consensusTimeMs: undefined,
  client,
  timestamp: undefined,
  request: undefined,
  view: undefined,
  slot: undefined,
  result: undefined,
  reason,
});
