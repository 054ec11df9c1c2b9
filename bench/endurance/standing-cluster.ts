/** PBFT in this process with disks, as it stands for days: it remembers no more than it needs. */

import { canonical, type Json } from "../../core/encoding.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Status } from "../../core/machine.ts";
import type { DurableDisk } from "../../host/disk/durable-disk.ts";
import type { Lane, RunOutcome } from "../../host/lane.ts";
import { MemoryNetwork } from "../../host/memory-network.ts";
import { createLane, createMember, type Resident } from "../../host/resident.ts";
import type { Tally } from "../../host/tally.ts";
import { WallClock } from "../../host/time.ts";
import type { ClusterSpec } from "../cluster.ts";
import { clientsOf, hostOptionsOf } from "../clusters/assembly.ts";
import { openDisks } from "../clusters/disks.ts";

export interface StandingCluster {
  readonly lanes: readonly Lane[];
  readonly disks: ReadonlyMap<NodeId, DurableDisk>;
  run(lane: Lane, operation: Json): Promise<RunOutcome>;
  statuses(): readonly (Status | undefined)[];
  close(): Promise<void>;
}

const patienceMs = 60_000;

export async function startStandingCluster(spec: ClusterSpec): Promise<StandingCluster> {
  const time = new WallClock();
  const ids = spec.protocol.members(spec.n).map(({ id }) => id);
  const { disks, close } = await openDisks(spec, ids);
  const limits = { kept: 100 };
  const options = hostOptionsOf(spec, { time, disks, firstTimestamp: () => 1, limits });
  const isControl = (kind: string) => spec.protocol.controlKinds.includes(kind);
  const network = new MemoryNetwork({ time, delays: undefined, isControl });
  const makeTransport = (tally: Tally) => network.transportOf(tally);
  const members = ids.map((id) => createMember(options, id, makeTransport));
  const clients = clientsOf(spec, options.directory).map((id) =>
    createLane(options, id, makeTransport),
  );
  const residents: readonly Resident[] = [...members, ...clients];
  for (const { participant } of residents) network.attach(participant);
  time.start();
  for (const { participant } of residents) participant.start();
  return {
    lanes: clients.map(({ lane }) => lane),
    disks,
    run: (lane, operation) => lane.run(canonical(operation), patienceMs),
    statuses: () => members.map(({ participant }) => participant.status()),
    async close() {
      for (const { participant } of residents) participant.stop();
      await close();
    },
  };
}
