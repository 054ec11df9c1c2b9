/** A run in virtual time: equal seeds give equal runs. */

import type { NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import { createEcho } from "../../services/echo.ts";
import { Simulation } from "../../sim/simulation.ts";
import { networkNamed } from "../clusters/network.ts";
import { crashFaults, isAbsent } from "./crashing.ts";
import { deployed, idsOf, sizeOf } from "./deployment.ts";
import { observerFor, type Tell } from "./event.ts";
import { type DecreePlan, settingsOf } from "./plan.ts";
import type { Stage } from "./stage.ts";

const firstTimestamp = 1;

export async function startSimulatedStage(plan: DecreePlan, tell: Tell): Promise<Stage> {
  const ids = idsOf(plan);
  const simulation = new Simulation<Message>({
    protocol: deployed(plan, firstTimestamp),
    n: sizeOf(plan),
    // They are members.
    clients: 0,
    seed: plan.seed,
    settings: settingsOf(plan),
    network: networkNamed(plan.network),
    createService: createEcho,
    auth: plan.auth === "none" ? "none" : "signed",
    offline: ids.filter((id) => isAbsent(plan, id)),
    faults: new Map(ids.map((id) => [id, crashFaults(plan, id, () => crash(id))])),
    observer: observerFor(tell),
  });
  // Not inside of its own step.
  function crash(id: NodeId): void {
    simulation.at(simulation.now, () => {
      simulation.crash(id);
      tell({ kind: "crash", node: id, atMs: simulation.now });
    });
  }
  return {
    async pass({ patienceMs, isOver }) {
      simulation.run(patienceMs, isOver);
    },
    async close() {},
  };
}
