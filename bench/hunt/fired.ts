/** Which faults of a schedule did something, named by mode, by whom they were aimed at, and by role. */

import type { FaultWitness } from "../../core/fault.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Member } from "../../core/protocol.ts";
import type { Part, Scene } from "../../sim/scenes.ts";
import type { Schedule, ScheduleEvent } from "../../sim/schedule.ts";

export const bothLeaders = "primary and communication together";

/** As in `selective(2 consensus) as communication`; a sleeper is named in whatever role it struck. */
const named = (mode: string, aim: string, role: string): string =>
  mode === "sleeper" ? `${mode}(${aim})` : `${mode}${aim === "" ? "" : `(${aim})`} as ${role}`;

/** What the parts of these scenes are called once they fire. */
export function namesOf(scenes: readonly Scene[]): readonly string[] {
  const names = scenes.flatMap((scene) => scene.map(nameOfPart));
  return [...new Set(scenes.some(({ length }) => length > 1) ? [...names, bothLeaders] : names)];
}

const nameOfPart = ({ at, mode, args = [], targets }: Part): string =>
  named(mode, targets ? `${targets.count} ${targets.role}` : args.join(), at);

export function firedIn(
  { events }: Pick<Schedule, "events">,
  members: readonly Member[],
  witnesses: readonly FaultWitness[],
): ReadonlySet<string> {
  const names = events.flatMap((event) => namesIn(event, members, witnesses));
  const liars = witnesses.filter(({ fired }) => fired > 0);
  const leads = (role: string, node?: NodeId) =>
    liars.find((liar) => liar.roles.has(role) && liar.node !== node);
  const isBoth = liars.some(
    ({ node, roles }) => roles.has("primary") && leads("communication", node) !== undefined,
  );
  return new Set(isBoth ? [...names, bothLeaders] : names);
}

function namesIn(
  event: ScheduleEvent,
  members: readonly Member[],
  witnesses: readonly FaultWitness[],
): readonly string[] {
  if (event.kind === "crash") {
    // Crashes of replicas are no lies; they stand among what happens to everybody.
    const monitor = members.find(({ id, isReplica }) => id === event.node && !isReplica);
    return monitor ? [named("crash", event.losesDisk ? "lose-disk" : "", monitor.role)] : [];
  }
  if (event.kind === "mutation") return rolesOf("mutation", event.node, "", witnesses);
  if (event.kind !== "fault") return [];
  return rolesOf(event.mode, event.node, aimOf(event.args, members), witnesses);
}

function rolesOf(
  mode: string,
  node: NodeId,
  aim: string,
  witnesses: readonly FaultWitness[],
): readonly string[] {
  const own = witnesses.filter((one) => one.node === node && one.fault === mode && one.fired > 0);
  return own.flatMap(({ roles }) => [...roles].map((role) => named(mode, aim, role)));
}

/** Nodes by the role in which they begin; anything else as it stands. */
function aimOf(args: readonly string[], members: readonly Member[]): string {
  const roles = args.map((arg) => members.find(({ id }) => id === arg)?.role);
  const [first] = roles;
  const isOneRole = first !== undefined && roles.every((role) => role === first);
  return isOneRole ? `${roles.length} ${first}` : args.join();
}
