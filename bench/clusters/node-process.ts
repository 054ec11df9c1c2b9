/** The program of a child process: one node of a cluster, told by its parent when to do what. */

import { UsageError } from "../../core/assert.ts";
import type { Millis } from "../../core/ids.ts";
import { Host } from "../../host/host.ts";
import { HostedNode } from "../../host/hosted-node.ts";
import { WallClock } from "../../host/time.ts";
import { createLoopDelay } from "../meters/loop-delay.ts";
import { hostOptionsOf } from "./assembly.ts";
import { openDisks } from "./disks.ts";
import { createJournal } from "./journal.ts";
import { mortalNode, planLife } from "./life-cycle.ts";
import { type Answer, type Order, unpacked } from "./orders.ts";

interface Living {
  readonly host: Host;
  readonly node: HostedNode;
  /** Begins its life, crashes included. */
  start(atMs: Millis): void;
  closeDisks(): Promise<void>;
}

let living: Living | undefined;
const loopDelay = createLoopDelay();
loopDelay.resume();

// Ctrl-C reaches the whole group: when to end is for the parent to say, or for its death.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => {
  obey(order).catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    tell({ kind: "failed", message, isUsage: error instanceof UsageError });
  });
});

async function obey(order: Order): Promise<void> {
  switch (order.kind) {
    case "open":
      return tell({ kind: "listening", url: await open(order) });
    case "start":
      living?.host.locate(order.urls);
      living?.start(order.atMs);
      return tell({ kind: "started" });
    case "tell-delays":
      tell({ kind: "delays", delays: loopDelay.delays });
      return loopDelay.reset();
    case "close":
      await living?.node.close();
      await living?.host.close();
      await living?.closeDisks();
      return process.disconnect();
  }
}

async function open({ spec, id, port, settings }: Order & { kind: "open" }): Promise<string> {
  const time = new WallClock();
  const cluster = unpacked(spec);
  const { disks, close: closeDisks } = await openDisks(cluster, [id]);
  const host = new Host(
    hostOptionsOf(cluster, {
      time,
      firstTimestamp: () => settings.firstTimestamp,
      limits: settings.limits,
      disks,
      observer: settings.journal === undefined ? undefined : createJournal(settings.journal),
    }),
  );
  const node = new HostedNode(host, id);
  const start = (atMs: Millis) => {
    time.start(atMs);
    node.start();
    planLife(cluster.faults, id, time, mortalNode(node));
  };
  living = { host, node, start, closeDisks };
  return node.listen(port, cluster.bind);
}

function tell(answer: Answer): void {
  process.send?.(answer);
}
