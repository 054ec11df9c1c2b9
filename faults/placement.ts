/** Which nodes fail: from what was asked for to ids. */

import type { NodeId } from "../core/ids.ts";
import type { Member, Protocol } from "../core/protocol.ts";
import type { Random } from "../core/random.ts";
import { modeNamed } from "./modes.ts";
import { badFault, printFault } from "./notation.ts";
import type { FaultRequest, PlacedFault } from "./placed-fault.ts";
import { hasSpam } from "./spam-view-change.ts";

/**
 * Names become nodes by the roles that a protocol starts with. A number draws replicas that have no
 * other fault: first among those without a special role, then, when there are not enough, among
 * commander and communication node. Equal seeds and requests, equal nodes.
 */
export function placeFaults(
  requests: readonly FaultRequest[],
  protocol: Pick<Protocol, "title" | "members" | "lies">,
  n: number,
  random: Random,
): readonly PlacedFault[] {
  const members = protocol.members(n);
  const taken = new Set<NodeId>();
  const named = requests.map((request) => {
    if (isNumber(request.who)) return undefined;
    const nodes = nodesNamed(request, protocol.title, members);
    for (const node of nodes) taken.add(node);
    return nodes;
  });
  const draws = random.fork("who");
  return requests.map((request, index) => {
    const nodes = named[index] ?? draw(request, members, taken, draws);
    for (const node of nodes) taken.add(node);
    checkTargets(request, nodes, members);
    checkMeaning(request, nodes, protocol);
    const { mode, args, fromMs, untilMs } = request;
    return { mode, args, nodes, fromMs, untilMs };
  });
}

const isNumber = (who: string): boolean => /^\d+$/.test(who);

function nodesNamed(
  request: FaultRequest,
  title: string,
  members: readonly Member[],
): readonly NodeId[] {
  const nodes = request.who.split("+").map((name) => {
    const member = memberNamed(name, members);
    if (member === undefined) throw badFault(printFault(request), nobody(name, title, members));
    return member.id;
  });
  return [...new Set(nodes)];
}

function memberNamed(name: string, members: readonly Member[]): Member | undefined {
  if (name === "commander") return members[0];
  if (name === "communication") return members.find(({ role }) => role === "communication");
  return members.find(({ id }) => id === name);
}

const nobody = (name: string, title: string, members: readonly Member[]): string =>
  name === "communication"
    ? `${title} has no communication node`
    : `there is no node ${name}, only ${inShort(members)}`;

/** r0, r1, r2 … r30 rather than all of them. */
function inShort(members: readonly Member[]): string {
  const ids = members.map(({ id }) => id);
  if (ids.length <= 8) return ids.join(", ");
  return `${ids.slice(0, 3).join(", ")} … ${ids.slice(-1).join("")}`;
}

function draw(
  request: FaultRequest,
  members: readonly Member[],
  taken: ReadonlySet<NodeId>,
  random: Random,
): readonly NodeId[] {
  const asked = Number(request.who);
  const targets = targetsOf(request);
  const replicas = members.filter(({ isReplica }) => isReplica);
  const free = replicas.filter(({ id }) => !taken.has(id) && !targets.includes(id));
  if (asked > free.length) {
    const problem = `${asked} cannot be drawn, only ${free.length} of ${replicas.length} nodes are free`;
    throw badFault(printFault(request), problem);
  }
  const ordinary = free.filter((member) => !isSpecial(member, members));
  const special = free.filter((member) => isSpecial(member, members));
  const drawn = random.sample(ordinary, asked);
  const rest = random.sample(special, asked - drawn.length);
  const chosen = new Set([...drawn, ...rest]);
  return free.filter((member) => chosen.has(member)).map(({ id }) => id);
}

const specialRoles: ReadonlySet<string> = new Set(["primary", "communication"]);

const isSpecial = (member: Member, members: readonly Member[]): boolean =>
  member === members[0] || specialRoles.has(member.role);

function targetsOf({ mode, args }: FaultRequest): readonly NodeId[] {
  return modeNamed(mode)?.argument?.areNodes === true ? args : [];
}

function checkTargets(
  request: FaultRequest,
  nodes: readonly NodeId[],
  members: readonly Member[],
): void {
  for (const target of targetsOf(request)) {
    const isKnown = isClient(target) || members.some(({ id }) => id === target);
    if (!isKnown) {
      const problem = `there is no node ${target}, only ${inShort(members)} and clients`;
      throw badFault(printFault(request), problem);
    }
    if (nodes.includes(target)) {
      throw badFault(printFault(request), `${target} cannot be a target of itself`);
    }
  }
}

// How many clients there are is not known here; a client that never asks is a harmless target.
const isClient = (id: NodeId): boolean => /^c\d+$/.test(id);

function checkMeaning(
  request: FaultRequest,
  nodes: readonly NodeId[],
  { title, lies }: Pick<Protocol, "title" | "lies">,
): void {
  const { mode } = request;
  if (mode === "misreport" && lies.misreport === undefined) {
    throw badFault(printFault(request), `${title} reports no response times`);
  }
  if (mode !== "spam-view-change" && mode !== "sleeper") return;
  if (nodes.some((node) => hasSpam(lies, node))) return;
  throw badFault(printFault(request), `${title} has no view that could be changed`);
}
