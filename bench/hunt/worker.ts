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
  readonly first: number;
  readonly count: number;
}

export function huntShare(share: Share): Harvest {
  const ground = groundFor(share.protocol, share.sizes);
  const { first, count, mostFinds, wanted, of } = share;
  if (of === "seeds") return huntSeeds(ground, first, count, share);
  const plan = twinsPlan(ground.protocol, of.twinsOver);
  let harvest = emptyHarvest;
  for (let index = first; index < first + count && harvest.finds.length < mostFinds; index += 1) {
    const schedule = twinSchedule(plan, Math.floor(index * of.step));
    harvest = addHarvests(harvest, huntSchedule(ground, schedule, wanted));
  }
  return harvest;
}
