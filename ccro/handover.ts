/**
 * Hand-over: roles change because the monitor says so. Every node reports how far it got, and the new
 * primary begins with what enough reports allow (R2 to R5; as published, with what it has seen).
 */

import type { Digest, NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import { Votes } from "../core/votes.ts";
import type { AssignmentObjection } from "./certificates.ts";
import type { Assignment, Block, Report } from "./messages.ts";
import { persist } from "./records.ts";
import {
  highestCertificate,
  highestProof,
  objectionToReport,
  rolesDigest,
  whatIsMissing,
  whatReportsAllow,
} from "./reports.ts";
import { relayAll } from "./requests.ts";
import { roleOf, rolesIn } from "./roles.ts";
import { reportsNeeded } from "./rules.ts";
import {
  type CcroOut,
  type CcroState,
  type HandOver,
  isExhausted,
  type Opened,
  sizesOf,
} from "./state.ts";
import { takeComplete } from "./storage.ts";
import { seek } from "./synchronization.ts";
import { assignmentText } from "./texts.ts";

export type JoiningObjection =
  | AssignmentObjection
  | "an older epoch"
  | "other roles for this epoch";

export function objectionToJoining(
  { certificates, roles }: CcroState,
  signed: Signed<Assignment>,
): JoiningObjection | undefined {
  const { epoch } = signed.message;
  if (epoch < roles.epoch || epoch === 0) return "an older epoch";
  const objection = certificates.objectionToAssignment(signed);
  if (objection !== undefined || epoch > roles.epoch) return objection;
  const known = roles.assignment?.message;
  return known !== undefined && assignmentText(known) === assignmentText(signed.message)
    ? undefined
    : "other roles for this epoch";
}

/** True if the node has a new epoch now. */
export function onAssignment(
  state: CcroState,
  from: NodeId,
  signed: Signed<Assignment>,
  out: CcroOut,
): boolean {
  const objection = objectionToJoining(state, signed);
  if (objection !== undefined) {
    out.reject(from, objection);
    return false;
  }
  if (signed.message.epoch === state.roles.epoch) {
    reportAgain(state, out);
    return false;
  }
  join(state, signed, out);
  return true;
}

function join(state: CcroState, assignment: Signed<Assignment>, out: CcroOut): void {
  state.roles = rolesIn(assignment);
  state.role = roleOf(state.roles, state.id);
  state.opened = undefined;
  state.handOver = state.role === "primary" ? createHandOver() : undefined;
  state.strikes += 1;
  state.strain += 1;
  persist({ kind: "joined", assignment }, out);
  out.mark({ name: "epoch changed", view: state.roles.epoch, detail: state.role });
  state.report = createReport(state);
  sendReport(state, state.report, out);
  if (!isExhausted(state)) relayAll(state, out);
}

/** Answers a repeated assignment with what it said before. */
export function reportAgain(state: CcroState, out: CcroOut): void {
  if (state.roles.epoch === 0) return;
  state.report ??= createReport(state);
  // Only after a restart a primary has no reports of its own epoch.
  if (state.role === "primary") state.handOver ??= createHandOver();
  sendReport(state, state.report, out);
}

function createReport({ id, roles, rules, tools, ledger, prepared }: CcroState): Report {
  const { height } = ledger;
  const report = { kind: "report", epoch: roles.epoch, node: id, height } as const;
  const named = { ...report, roles: rolesDigest(roles, tools.digest) };
  if (rules.handOver.report === "height") return named;
  const proof = rules.formalBlock === "proof" ? ledger.proof : undefined;
  return { ...named, proof, prepared };
}

function sendReport(state: CcroState, report: Report, out: CcroOut): void {
  if (state.role !== "primary") return out.send(state.roles.primary, report);
  state.handOver?.reports.add(state.id, { ...state.tools.seal(report), message: report });
}

const createHandOver = (): HandOver => ({
  reports: new Votes(),
  chosen: undefined,
  opening: undefined,
  forced: undefined,
  sought: undefined,
  isSettled: false,
});

export function onReport(state: CcroState, signed: Signed<Report>, out: CcroOut): void {
  const { from } = signed;
  if (state.handOver === undefined) return out.reject(from, "not my role");
  const objection = objectionToReport(state, signed);
  if (objection !== undefined) return out.reject(from, objection);

  state.handOver.reports.add(from, signed);
}

/** Opens the epoch once enough reports are here, and whatever they oblige the primary to. */
export function openIfReported(state: CcroState, out: CcroOut): void {
  const { handOver, roles, rules } = state;
  if (handOver === undefined || state.opened !== undefined || roles.assignment === undefined)
    return;
  const chosen = choose(state, handOver);
  if (chosen === undefined) return;
  const allowed = whatReportsAllow(chosen);
  if (isLacking(state, handOver, allowed, out)) return;
  handOver.forced = forcedBlock(state, handOver, allowed);
  const reports = rules.handOver.areReportsAttached ? chosen : [];
  handOver.opening = { assignment: roles.assignment, reports };
  state.opened = allowed;
  const slot = state.ledger.height + 1;
  out.mark({ name: "epoch opened", view: roles.epoch, slot, detail: allowed.forced ?? "free" });
}

/** The first reports that are enough; later ones change nothing. */
function choose(state: CcroState, handOver: HandOver): readonly Signed<Report>[] | undefined {
  const needed = reportsNeeded(state.rules, sizesOf(state));
  if (handOver.chosen === undefined && handOver.reports.size >= needed) {
    handOver.chosen = [...handOver.reports.entries()].map(([, report]) => report);
  }
  return handOver.chosen;
}

/** Fetches what the reports speak of and this node does not have; true while something is missing. */
function isLacking(state: CcroState, handOver: HandOver, allowed: Opened, out: CcroOut): boolean {
  const { ledger } = state;
  const missing = whatIsMissing(state);
  storeReported(state, handOver, missing, out);
  if (ledger.height < allowed.height) {
    const holder = handOver.chosen?.find(({ message }) => message.height === allowed.height);
    seekOnce(state, handOver, holder === undefined ? [] : [holder.from], out, missing);
    return true;
  }
  const { forced } = allowed;
  const isDue = forced !== undefined && ledger.height === allowed.height;
  if (!isDue || forcedBlock(state, handOver, allowed) !== undefined) return false;
  const certificate = highestCertificate(handOver.chosen ?? [], allowed.height + 1);
  const voters = certificate?.votes.map(({ node }) => node) ?? [];
  seekOnce(state, handOver, voters, out, forced);
  return true;
}

/** Who reports a block may keep it to itself: its report proves the block, which this node may hold. */
function storeReported(
  state: CcroState,
  { chosen = [] }: HandOver,
  digest: Digest | undefined,
  out: CcroOut,
): void {
  const proof = highestProof(chosen);
  if (proof === undefined || proof.digest !== digest) return;
  const block = state.rounds.blockCalled(digest, proof.height);
  if (block === undefined || !state.ledger.extendsHead(block)) return;
  takeComplete(state, state.id, { kind: "formal-block", block, proof }, out);
}

function seekOnce(
  state: CcroState,
  handOver: HandOver,
  from: readonly NodeId[],
  out: CcroOut,
  digest?: string,
): void {
  const sought = `${state.ledger.height} ${digest ?? ""}`;
  if (handOver.sought === sought) return;
  handOver.sought = sought;
  for (const node of from) seek(state, node, out, digest);
}

/** Asks everybody for what the first ones asked did not give. */
export function seekEverywhere(state: CcroState, out: CcroOut): void {
  const { handOver } = state;
  if (handOver?.chosen === undefined) return;
  const missing = whatIsMissing(state);
  for (const peer of state.peers) seek(state, peer, out, missing);
}

/** What must be proposed again, if this node has it. */
function forcedBlock(
  { ledger, rounds, rules }: CcroState,
  handOver: HandOver,
  { height, forced }: Opened,
): Block | undefined {
  if (rules.handOver.report === "height") {
    // No certificate says what must come.
    if (!rules.handOver.resumesSeenBlock) return undefined;
    const seen = rounds.of(ledger.height + 1).map(({ proposed }) => proposed?.block);
    return seen.findLast((block) => block !== undefined && ledger.extendsHead(block));
  }
  if (forced === undefined || ledger.height !== height) return undefined;
  return handOver.forced ?? rounds.blockCalled(forced, height + 1);
}
