/** What a parent and its child processes tell each other: one child is one node of a cluster. */

import type { Millis, NodeId } from "../../core/ids.ts";
import type { Limits } from "../../host/host.ts";
import type { ClusterSpec } from "../cluster.ts";
import type { Delays } from "../meters/loop-delay.ts";
import { protocolNamed } from "../protocols.ts";

/** A spec without functions, as it can be sent. */
export interface SentSpec extends Omit<ClusterSpec, "protocol"> {
  readonly protocol: string;
}

export const packed = ({ protocol, ...rest }: ClusterSpec): SentSpec => ({
  ...rest,
  protocol: protocol.name,
});

export const unpacked = ({ protocol, ...rest }: SentSpec): ClusterSpec => ({
  ...rest,
  protocol: protocolNamed(protocol),
});

export type Order =
  /** Open the server; the answer is where it listens. */
  | {
      readonly kind: "open";
      readonly spec: SentSpec;
      readonly id: NodeId;
      readonly port: number;
      readonly settings: SentSettings;
    }
  /** Everybody listens: begin to live. Zero of all clocks is `atMs` of the wall clock. */
  | {
      readonly kind: "start";
      readonly atMs: Millis;
      readonly urls: readonly (readonly [NodeId, string])[];
    }
  /** Say how late your event loop was since this was last asked. */
  | { readonly kind: "tell-delays" }
  | { readonly kind: "close" };

export interface SentSettings {
  readonly firstTimestamp: number;
  readonly limits: Partial<Limits>;
  /** File in which the node notes what it says and does, for whoever judges it. */
  readonly journal?: string | undefined;
}

export type Answer =
  | { readonly kind: "listening"; readonly url: string }
  | { readonly kind: "started" }
  | { readonly kind: "delays"; readonly delays: Delays }
  /** `isUsage` if that is for whoever called us to put right. */
  | { readonly kind: "failed"; readonly message: string; readonly isUsage?: boolean };
