/** Where everybody stands: a leader collects reports, each node signs its own. */

import type { NodeId } from "../../../core/ids.ts";
import type { Signed } from "../../../core/messages.ts";
import type { Out } from "../../../core/out.ts";
import { type Desk, isBetweenViews, leads } from "./desk.ts";
import { tell } from "./notices.ts";
import type { ConsoleMessage, Report, ReportRequest } from "./side-messages.ts";

type Sending = Out<ConsoleMessage>;

/** The leader asks everybody; anybody else only looks at itself. */
export function checkpoint(desk: Desk, out: Sending): void {
  const { slot } = desk.replica.status();
  const report = reportOf(desk, slot);
  tell(out, { view: report.view, slot }, { kind: "snapshot", report });
  if (isBetweenViews(desk) || !leads(desk)) return;
  desk.reports = { checkpoint: slot, byReplica: new Map<NodeId, Report>() };
  out.broadcast(desk.others, { kind: "report-request", checkpoint: slot, replica: desk.self });
  collect(desk, report, out);
}

export function onReportRequest(
  desk: Desk,
  { message, from }: Signed<ReportRequest>,
  out: Sending,
): void {
  if (message.replica !== from || !desk.replicas.includes(from)) {
    return out.reject(from, "not its own name");
  }
  out.send(from, reportOf(desk, message.checkpoint));
}

export function onReport(desk: Desk, { message, from }: Signed<Report>, out: Sending): void {
  if (message.replica !== from || !desk.replicas.includes(from)) {
    return out.reject(from, "not its own name");
  }
  if (desk.reports?.checkpoint !== message.checkpoint) return out.reject(from, "not asked for");
  if (desk.reports.byReplica.has(from)) return out.reject(from, "reported before");
  collect(desk, message, out);
}

function collect(desk: Desk, report: Report, out: Sending): void {
  const { reports } = desk;
  if (reports === undefined) return;
  reports.byReplica.set(report.replica, report);
  const all = desk.replicas.flatMap((replica) => reports.byReplica.get(replica) ?? []);
  const equal = Math.max(...all.map((one) => all.filter((other) => areEqual(one, other)).length));
  const place = { view: report.view, slot: reports.checkpoint };
  const of = desk.replicas.length;
  tell(out, place, { kind: "reports", reports: all, equal, threshold: desk.quorum, of });
}

const areEqual = (one: Report, other: Report): boolean =>
  one.sequence === other.sequence && one.history === other.history && one.state === other.state;

function reportOf({ self, replica, service }: Desk, asked: number): Report {
  const { view, slot: sequence, history } = replica.status();
  return {
    kind: "report",
    checkpoint: asked,
    replica: self,
    view,
    sequence,
    history: String(history),
    state: service.snapshot(),
  };
}
