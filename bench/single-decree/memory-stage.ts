/** A run in this process without a network: real time and real signatures. */

import type { NodeId } from "../../core/ids.ts";
import { MemoryNetwork } from "../../host/memory-network.ts";
import { createMember, type Resident } from "../../host/resident.ts";
import { WallClock } from "../../host/time.ts";
import { isAbsent } from "./crashing.ts";
import { idsOf } from "./deployment.ts";
import { observerFor, type Tell } from "./event.ts";
import { hostingOf } from "./hosting.ts";
import type { DecreePlan } from "./plan.ts";
import { Attention, type Stage } from "./stage.ts";

export async function startMemoryStage(plan: DecreePlan, tell: Tell): Promise<Stage> {
  const attention = new Attention(tell);
  const time = new WallClock();
  const residents = new Map<NodeId, Resident>();
  // Not inside of its own step.
  const onCrash = (id: NodeId) =>
    queueMicrotask(() => {
      residents.get(id)?.participant.stop();
      attention.tell({ kind: "crash", node: id, atMs: time.now() });
    });
  const options = hostingOf(plan, { time, firstTimestamp: 1, onCrash });
  const isControl = (kind: string) => options.protocol.controlKinds.includes(kind);
  const network = new MemoryNetwork({ time, delays: options.delays, isControl });
  const extras = { observer: observerFor(attention.tell), faults: [] };
  for (const id of idsOf(plan)) {
    if (isAbsent(plan, id)) continue;
    const resident = createMember(options, id, (tally) => network.transportOf(tally), extras);
    residents.set(id, resident);
    network.attach(resident.participant);
  }
  time.start();
  for (const { participant } of residents.values()) participant.start();
  return {
    pass: (waiting) => attention.pass(waiting),
    async close() {
      network.close();
      for (const { participant } of residents.values()) participant.stop();
    },
  };
}
