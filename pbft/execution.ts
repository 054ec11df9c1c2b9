/** Execution (§4.2): what committed is executed in order of sequence, and the clients are told. */

import type { Out } from "../core/out.ts";
import { takeCheckpoint } from "./checkpoints.ts";
import type { CommittedCertificate, PbftMessage } from "./messages.ts";
import { forget, reply } from "./requests.ts";
import type { PbftState } from "./state.ts";

/** Executes everything that is decided, up to the first slot that is not. */
export function executeReady(state: PbftState, out: Out<PbftMessage>): void {
  for (;;) {
    const decision = state.slots.get(state.executor.slot + 1)?.decision;
    if (decision === undefined) return;
    execute(state, decision, out);
  }
}

/** Executes the next slot and answers its clients; every K slots that makes a checkpoint (§4.3). */
export function execute(
  state: PbftState,
  { view, sequence, digest, batch }: CommittedCertificate,
  out: Out<PbftMessage>,
): void {
  const requests = batch.map(({ message }) => message);
  const delivery = state.executor.execute(sequence, view, digest, requests);
  out.deliver(delivery);
  for (const { client } of delivery.executed) {
    const last = state.executor.lastReply(client);
    if (last !== undefined) reply(state, client, last, out);
  }
  for (const request of requests) forget(state, request);
  if (delivery.executed.length > 0) calmDown(state, view);
  if (sequence % state.settings.checkpointInterval === 0) takeCheckpoint(state, out);
}

/** Progress in its own view: the next time-out is shorter again, one doubling a slot. */
function calmDown(state: PbftState, view: number): void {
  if (view === state.view && !state.isViewChanging && state.attempts > 0) state.attempts -= 1;
}
