/** One whole run of one cluster: requests at their times, crashes at theirs, then the verdict. */

import type { Millis, NodeId, Operation } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import { Jury, type Verdict } from "./judge.ts";
import { allOf } from "./observers.ts";
import { Simulation, type SimulationObserver, type SimulationOptions } from "./simulation.ts";

export interface TimedRequest {
  readonly atMs: Millis;
  readonly client: NodeId;
  readonly operation: Operation;
}

export interface TimedCrash {
  readonly node: NodeId;
  readonly atMs: Millis;
  /** Infinity when it does not come back. */
  readonly untilMs: Millis;
  readonly losesDisk: boolean;
}

export interface Trial<M extends Message> extends SimulationOptions<M> {
  readonly requests: readonly TimedRequest[];
  readonly crashes?: readonly TimedCrash[] | undefined;
  /** Whose executions are not judged: they lie. */
  readonly liars?: readonly NodeId[] | undefined;
  /** The run ends a little after everything was accepted, or else here. */
  readonly endsAtMs: Millis;
}

export interface TrialResult<M extends Message> {
  readonly verdict: Verdict;
  /** Messages sent, by kind, lies included. */
  readonly sent: ReadonlyMap<string, number>;
  readonly simulation: Simulation<M>;
}

// What is still under way after the last acceptance may do harm, too.
const aftermathMs = 500;

export function runTrial<M extends Message>(trial: Trial<M>): TrialResult<M> {
  const { requests, crashes = [], liars = [], endsAtMs, observer, ...options } = trial;
  const replicas = options.protocol.members(options.n).filter(({ isReplica }) => isReplica);
  const jury = new Jury(replicas.map(({ id }) => id).filter((id) => !liars.includes(id)));
  const sent = new Map<string, number>();
  let accepted = 0;
  const counter: SimulationObserver<M> = {
    sent: (_node, _to, { message: { kind } }) => sent.set(kind, (sent.get(kind) ?? 0) + 1),
    effect: (_node, { kind }) => {
      if (kind === "accept") accepted += 1;
    },
  };
  const simulation = new Simulation<M>({
    ...options,
    observer: allOf(jury.observer<M>(options.protocol, options), counter, observer ?? {}),
  });
  for (const { atMs, client, operation } of requests) {
    simulation.at(atMs, () => {
      jury.submitted(client, operation);
      simulation.request(client, operation);
    });
  }
  for (const { node, atMs, untilMs, losesDisk } of crashes) {
    simulation.at(atMs, () => simulation.crash(node));
    if (untilMs < Infinity) simulation.at(untilMs, () => simulation.restart(node, { losesDisk }));
  }
  simulation.run(endsAtMs, () => accepted >= requests.length);
  simulation.run(simulation.now + aftermathMs);
  return { verdict: jury.verdict(simulation.witnesses()), sent, simulation };
}
