/** A run over HTTP: in this process, or with a process for each node and client. */

import type { NodeId } from "../../core/ids.ts";
import { wallNow } from "../../host/time.ts";
import { refusingUrls } from "../clusters/ports.ts";
import { isAbsent } from "./crashing.ts";
import { Crew } from "./crew.ts";
import { idsOf, numberOf } from "./deployment.ts";
import type { Tell } from "./event.ts";
import type { DecreePlan } from "./plan.ts";
import { Attention, type Stage } from "./stage.ts";
import { Station } from "./station.ts";

export async function startHttpStage(plan: DecreePlan, tell: Tell): Promise<Stage> {
  const attention = new Attention(tell);
  const station = new Station(plan, 1, attention.tell);
  try {
    const urls = new Map<NodeId, string>();
    for (const id of presentIn(plan)) urls.set(id, await station.listen(id));
    for (const [id, url] of await absentUrls(plan)) urls.set(id, url);
    station.start(urls);
    return { pass: (waiting) => attention.pass(waiting), close: () => station.close() };
  } catch (error) {
    await station.close();
    throw error;
  }
}

/** `crew` may have done such runs before; without one, processes are begun and ended for this run. */
export async function startProcessStage(plan: DecreePlan, tell: Tell, crew?: Crew): Promise<Stage> {
  const attention = new Attention(tell);
  const hired = crew ?? new Crew();
  const end = () => (crew === undefined ? hired.end() : crew.rest());
  try {
    const urls = new Map(await hired.open(plan, presentIn(plan), attention.tell));
    for (const [id, url] of await absentUrls(plan)) urls.set(id, url);
    await hired.start([...urls], wallNow());
    return { pass: (waiting) => attention.pass(waiting), close: end };
  } catch (error) {
    await end();
    throw error;
  }
}

const presentIn = (plan: DecreePlan): readonly NodeId[] =>
  idsOf(plan).filter((id) => !isAbsent(plan, id));

/** Where those would be that are never there. */
const absentUrls = (plan: DecreePlan) =>
  refusingUrls(
    idsOf(plan)
      .filter((id) => isAbsent(plan, id))
      .map((id) => [id, plan.addresses?.[numberOf(plan, id)]?.port ?? 0] as const),
    "127.0.0.1",
  );
