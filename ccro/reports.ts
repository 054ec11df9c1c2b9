/** What nodes say when roles change, and what follows from enough of it (R2 to R4). */

import type { Digest, NodeId } from "../core/ids.ts";
import type { Signed } from "../core/messages.ts";
import type { EvidenceObjection } from "./certificates.ts";
import type { Block, Opening, Prepared, Proof, Report } from "./messages.ts";
import type { Roles } from "./roles.ts";
import { reportsNeeded } from "./rules.ts";
import { type CcroState, type Opened, sizesOf } from "./state.ts";
import { assignmentText } from "./texts.ts";

export type ReportObjection =
  | EvidenceObjection
  | "not its own name"
  | "not a node"
  | "a report for another epoch"
  | "a report for other roles"
  | "a height without proof"
  | "a certificate for another height";

export type OpeningObjection =
  | ReportObjection
  | "a report counted twice"
  | "a forged report"
  | "too few reports";

export type FirstBlockObjection =
  | "no reports for this epoch"
  | "a height below the reports"
  | "not the block of the highest certificate";

/** Names the roles that a report is meant for; empty for those of epoch 0, which nobody reports for. */
export const rolesDigest = ({ assignment }: Roles, digest: (text: string) => Digest): Digest =>
  assignment === undefined ? "" : digest(assignmentText(assignment.message));

/** Whether a report, under its sender's signature, counts for the roles of this epoch. */
export function objectionToReport(
  state: CcroState,
  { from, message: report }: Signed<Report>,
): ReportObjection | undefined {
  const { certificates, roles, rules, tools } = state;
  if (from !== report.node) return "not its own name";
  if (!certificates.isNode(from)) return "not a node";
  if (report.epoch !== roles.epoch) return "a report for another epoch";
  if (report.roles !== rolesDigest(roles, tools.digest)) return "a report for other roles";
  if (rules.handOver.report === "height") return undefined;
  return objectionToProvenHeight(state, report) ?? objectionToCertificate(state, report);
}

function objectionToProvenHeight(
  { certificates, rules }: CcroState,
  { height, proof }: Report,
): ReportObjection | undefined {
  if (rules.formalBlock === "word") return undefined;
  if (height === 0 && proof === undefined) return undefined;
  if (proof?.height !== height) return "a height without proof";
  return certificates.objectionToProof(proof);
}

function objectionToCertificate(
  { certificates }: CcroState,
  { height, prepared }: Report,
): ReportObjection | undefined {
  if (prepared === undefined) return undefined;
  if (prepared.height !== height + 1) return "a certificate for another height";
  return certificates.objectionToPrepared(prepared);
}

/** Whether these reports are enough to open the epoch; every voter asks under R4. */
export function objectionToOpening(
  state: CcroState,
  { reports }: Opening,
): OpeningObjection | undefined {
  const counted = new Set<NodeId>();
  for (const report of reports) {
    if (counted.has(report.from)) return "a report counted twice";
    counted.add(report.from);
    const objection = objectionToReport(state, report);
    if (objection !== undefined) return objection;
    if (!state.tools.isAuthentic(report)) return "a forged report";
  }
  const needed = reportsNeeded(state.rules, sizesOf(state));
  return counted.size < needed ? "too few reports" : undefined;
}

/**
 * Nothing above the highest reported block was completed in an older epoch, unless its certificate is
 * among the reports: then the one of the highest epoch must be proposed again.
 */
export function whatReportsAllow(reports: readonly Signed<Report>[]): Opened {
  const height = Math.max(0, ...reports.map(({ message }) => message.height));
  return { height, forced: highestCertificate(reports, height + 1)?.digest };
}

/** Why the highest reported block is complete; undefined where heights are believed without proof. */
export function highestProof(reports: readonly Signed<Report>[]): Proof | undefined {
  const { height } = whatReportsAllow(reports);
  return reports.find(({ message }) => message.proof?.height === height)?.message.proof;
}

/**
 * The block of the next height, by name, without which a new primary cannot begin: the one that it
 * must propose again, or one that is complete already, though nobody hands it out.
 */
export function whatIsMissing({
  ledger,
  handOver,
}: Pick<CcroState, "ledger" | "handOver">): Digest | undefined {
  const chosen = handOver?.chosen ?? [];
  const { height, forced } = whatReportsAllow(chosen);
  if (height === ledger.height) return forced;
  return height === ledger.height + 1 ? highestProof(chosen)?.digest : undefined;
}

export function highestCertificate(
  reports: readonly Signed<Report>[],
  height: number,
): Prepared | undefined {
  let highest: Prepared | undefined;
  for (const { message } of reports) {
    const { prepared } = message;
    if (prepared?.height !== height) continue;
    if (highest === undefined || prepared.epoch > highest.epoch) highest = prepared;
  }
  return highest;
}

/** Whether the epoch may begin with this block, or go on with it. */
export function objectionToBeginning(
  { opened }: Pick<CcroState, "opened">,
  { height }: Block,
  digest: Digest,
): FirstBlockObjection | undefined {
  if (opened === undefined) return "no reports for this epoch";
  if (height <= opened.height) return "a height below the reports";
  if (height > opened.height + 1 || opened.forced === undefined) return undefined;
  return digest === opened.forced ? undefined : "not the block of the highest certificate";
}
