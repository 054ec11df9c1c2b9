/** How notices read: banners for phases, counters, hints what to type next. */

import type { NodeId } from "../../core/ids.ts";
import { nameOf, namesOf } from "./machine/names.ts";
import type { Notice, Phase, Tally, Told } from "./machine/notices.ts";
import { describe, describeResult, isTakenBack } from "./transaction.ts";

export type Style = "banner" | "plain" | "hint" | "error";

export interface Line {
  readonly style: Style;
  readonly text: string;
}

export const banner = (text: string): Line => ({ style: "banner", text: `=== ${text} ===` });
export const plain = (text: string): Line => ({ style: "plain", text });
export const hint = (text: string): Line => ({ style: "hint", text: `(${text})` });
export const error = (text: string): Line => ({ style: "error", text: `refused: ${text}` });

/** `Prepare votes: 3/4 (threshold ≥ 3)` */
export function counter(phase: Phase, { yes, no, missing, threshold }: Tally): string {
  const n = yes.length + no.length + missing.length;
  const title = phase === "prepare" ? "Prepare votes" : "Commit votes";
  const refusals = no.length === 0 ? "" : `, ${wordFor(phase, false)}: ${namesOf(no)}`;
  return `${title}: ${yes.length}/${n} (threshold ≥ ${threshold})${refusals}`;
}

const wordFor = (phase: Phase, isYes: boolean): string =>
  phase === "prepare" ? (isYes ? "yes" : "no") : isYes ? "commit" : "abort";

const isReached = ({ yes, threshold }: Tally): boolean => yes.length >= threshold;

export interface Reader {
  readonly id: NodeId;
  /** Whether this node leads just now. */
  readonly isLeader: boolean;
  readonly others: readonly NodeId[];
}

/** What an operator reads of a notice. Checkpoints are the session's affair: they are files, too. */
export function linesOf({ notice, view, slot }: Told, reader: Reader): readonly Line[] {
  const place = `view ${view}  sequence ${slot}`;
  switch (notice.kind) {
    case "refused":
      return [error(notice.why)];
    case "proposed":
      return [
        banner(`PRE-PREPARE  ${place}  ${describe(notice.operation)}`),
        hint(`prepare yes or prepare no at ${namesOf(reader.others)}, then progress here`),
      ];
    case "proposal":
      return [
        banner(`PREPARE  ${place}  ${nameOf(notice.from)} proposes: ${describe(notice.operation)}`),
        hint("type prepare yes or prepare no"),
      ];
    case "equivocation":
      return [plain(`${nameOf(notice.from)} proposes two things for ${place}: it is faulty`)];
    case "prepared":
      return preparedLines(notice, place, reader);
    case "cast":
      return [plain(`${castText(notice, reader)}. ${counter(notice.phase, notice.tally)}`)];
    case "vote":
      return voteLines(notice, reader);
    case "commit phase":
      return [
        plain(counter("prepare", notice.tally)),
        banner(`COMMIT  ${place}`),
        hint(`ack commit or ack abort at ${namesOf(reader.others)}, then progress here`),
      ];
    case "not yet":
      return [
        plain(
          `${counter(notice.phase, notice.tally)}: not yet, waiting for ${namesOf(notice.tally.missing)}`,
        ),
      ];
    case "committing":
      return [plain(counter("commit", notice.tally))];
    case "abort":
      return [
        plain(counter("prepare", notice.tally)),
        banner(`ABORT  ${place}`),
        plain("so many refuse that it cannot be prepared in this view: the client takes it back"),
      ];
    case "stuck":
      return [
        plain(`${counter("commit", notice.tally)}: it cannot commit in this view`),
        plain("what is prepared may be committed somewhere, so PBFT never aborts it"),
        hint("type view change at two nodes: the next leader proposes it again"),
      ];
    case "outvoted":
      return [
        plain("outvoted: enough others committed, and what is decided is decided everywhere"),
      ];
    case "asked for view":
      return [
        plain(
          `${nameOf(reader.id)} asks for view ${view}: ${notice.count}/${reader.others.length + 1} (threshold ≥ ${notice.threshold})`,
        ),
        ...(notice.count > 1
          ? []
          : [hint("one node alone changes nothing: view change at another, too")]),
      ];
    case "view asked for":
      return [
        plain(`${nameOf(notice.from)} asks for view ${view}`),
        hint("type view change to join"),
      ];
    default:
      return clientLines(notice, reader);
  }
}

function preparedLines(
  { operation, tally }: Notice & { readonly kind: "prepared" },
  place: string,
  { isLeader }: Reader,
): readonly Line[] {
  const what = operation === undefined ? "" : `  ${describe(operation)}`;
  // The leader's operator is told by the counter, and goes on with progress.
  if (isLeader) return isReached(tally) ? [hint("type progress")] : [];
  return [banner(`PREPARED  ${place}${what}`), hint("type ack commit or ack abort")];
}

function castText(
  { phase, isYes, to, isAgain }: Notice & { readonly kind: "cast" },
  { id }: Reader,
): string {
  const word = wordFor(phase, isYes);
  const verb = phase === "prepare" ? "votes" : "acks";
  if (to !== undefined) return `${nameOf(id)} tells ${nameOf(to)} alone: ${word}`;
  const again = isAgain ? ", as it was refused before" : "";
  return `${nameOf(id)} ${verb} ${word}${again}`;
}

function voteLines(
  { phase, from, isYes, tally }: Notice & { readonly kind: "vote" },
  { isLeader }: Reader,
): readonly Line[] {
  const kind = phase === "prepare" ? "PREPARE" : "ACK";
  const line = plain(
    `${kind} ${wordFor(phase, isYes)} from ${nameOf(from)}. ${counter(phase, tally)}`,
  );
  const isDue = isLeader && phase === "commit" && isReached(tally);
  return isDue ? [line, hint("type progress")] : [line];
}

function clientLines(notice: Notice, { others }: Reader): readonly Line[] {
  switch (notice.kind) {
    case "request": {
      const by = notice.from === undefined ? "" : `, typed at ${nameOf(notice.from)}`;
      return [
        banner(`REQUEST  ${describe(notice.operation)}`),
        plain(`signed by the client${by}, sent to ${namesOf(others)}`),
      ];
    }
    case "queued":
      return [plain(`${describe(notice.operation)} waits: one transaction at a time`)];
    case "reply":
      return replyLines(notice);
    case "withdrawn":
      return [
        banner(`WITHDRAWN  ${describe(notice.operation)}`),
        plain("enough replicas say that it cannot be ordered: the client takes it back"),
      ];
    default:
      return [];
  }
}

function replyLines({
  result,
  count,
  of,
  threshold,
  operation,
}: Notice & { readonly kind: "reply" }): readonly Line[] {
  const line = plain(`REPLY ${count}/${of}: ${describeResult(result)}`);
  if (count !== threshold) return [line];
  const what = isTakenBack(operation) ? "ABORTED" : "ACCEPTED";
  return [line, banner(`${what}  ${describe(operation)}  (threshold ≥ ${threshold})`)];
}
