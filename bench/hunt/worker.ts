/** What runs in a worker thread: a share of a hunt. Only plain data goes in and out. */

import { twinSchedule } from "../../sim/twin-schedules.ts";
import { groundFor } from "./ground.ts";
import {
  addHarvests,
  type Bag,
  emptyHarvest,
  type Harvest,
  huntSchedule,
  huntSeeds,
} from "./hunter.ts";
import { twinsPlan } from "./twins.ts";

export interface Share extends Bag {
  readonly protocol: string;
  readonly sizes: readonly number[] | undefined;
  /** Random schedules by seed, or Twins schedules by number, spread evenly over all of them. */
  readonly of: "seeds" | { readonly twinsOver: number; readonly step: number };
  /** How many domains the cluster is divided in; each share of a hunt divides it by another seed. */
  readonly domains: number;
  readonly first: number;
  readonly count: number;
}

export function huntShare(share: Share): Harvest {
  const { first, count, mostFinds, wanted, of, domains } = share;
  const ground = groundFor(share.protocol, share.sizes, { domains, seed: first });
  if (of === "seeds") return huntSeeds(ground, first, count, share);
  const plan = twinsPlan(ground.protocol, of.twinsOver);
  let harvest = emptyHarvest;
  for (let index = first; index < first + count && harvest.finds.length < mostFinds; index += 1) {
    const schedule = twinSchedule(plan, Math.floor(index * of.step));
    harvest = addHarvests(harvest, huntSchedule(ground, schedule, wanted));
  }
  return harvest;
}
