/** One run of single-decree Paxos, as somebody asked for it. */

import type { Millis } from "../../core/ids.ts";
import type { AuthName, PlaceName, TransportName } from "../cluster.ts";
import type { Deployment } from "./deployment.ts";

export interface DecreePlan extends Deployment {
  readonly transport: TransportName;
  readonly place: PlaceName;
  readonly auth: AuthName;
  readonly network: string;
  readonly seed: number;
  readonly timeoutMs: Millis;
  /** How long the clients wait. */
  readonly patienceMs: Millis;
  /** Where everybody listens, by number; undefined where the system may choose. */
  readonly addresses: readonly Address[] | undefined;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export const settingsOf = ({ timeoutMs }: Pick<DecreePlan, "timeoutMs">) => ({
  batch: 1,
  timeoutMs,
  checkpointInterval: 128,
});
