/**
 * Taking a refused transaction back. PBFT knows no abort: a proposal that cannot gather a quorum goes
 * away with its view, and its request would come again in the next one. So the client must take the
 * request back, by asking for something newer; then the nodes change views.
 */

import type { Signed } from "../../../core/messages.ts";
import type { Out } from "../../../core/out.ts";
import type { PbftMessage } from "../../../pbft/messages.ts";
import { operatorTimer } from "../../../pbft/timers.ts";
import { currentSlots, type Desk, isBetweenViews, isHopeless, type Slot, tallyOf } from "./desk.ts";
import { tell } from "./notices.ts";
import type { Abort, ConsoleMessage } from "./side-messages.ts";
import { castPlain } from "./voting.ts";

type Sending = Out<ConsoleMessage>;

/** The leader has counted: asks everybody to look at what they have seen. */
export function abortSlot(desk: Desk, slot: Slot, out: Sending): void {
  const request = requestIn(desk, slot);
  if (request === undefined) return;
  slot.abort = request;
  out.broadcast(desk.others, abortOf(desk, slot, request));
}

export function onAbort(desk: Desk, { message, from }: Signed<Abort>, out: Sending): void {
  if (message.replica !== from || !desk.replicas.includes(from)) {
    return out.reject(from, "not its own name");
  }
  const slot = desk.slots.get(`${message.view}|${message.sequence}`);
  if (slot === undefined) return out.reject(from, "nothing to abort there");
  const { client, timestamp } = message;
  slot.abort = { client, timestamp };
}

/** After every step: nobody believes a leader that it failed; everybody counts for itself. */
export function considerAborts(desk: Desk, out: Sending): void {
  for (const slot of currentSlots(desk)) {
    const { abort } = slot;
    if (abort === undefined || !isHopeless(desk, tallyOf(desk, slot, "prepare"))) continue;
    const name = `${abort.client}|${abort.timestamp}`;
    if (!slot.hasJoinedAbort) {
      slot.hasJoinedAbort = true;
      desk.aborted.add(name);
      out.send(desk.client, abortOf(desk, slot, abort));
    }
    // The client asked for something newer: nobody will propose the old request again.
    if ((desk.newest.get(abort.client) ?? 0) > abort.timestamp) return changeView(desk, out);
  }
}

/** What was refused for good is refused in later views without asking the operator. */
export function refuseAborted(desk: Desk, slot: Slot, out: Sending): boolean {
  const request = requestIn(desk, slot);
  if (request === undefined || slot.prepare !== undefined) return false;
  if (!desk.aborted.has(`${request.client}|${request.timestamp}`)) return false;
  castPlain(desk, slot, { phase: "prepare", isYes: false }, out, true);
  return true;
}

/** The operator, or the refusal of a quorum, takes the place of the view timer. */
export const changeView = (desk: Desk, out: Sending): void =>
  desk.drive({ kind: "time-out", timer: operatorTimer }, out);

/** One node asks for the next view. Alone it changes nothing, for it may be faulty. */
export function askForView(desk: Desk, out: Sending): string | undefined {
  const wanted = desk.replica.status().view;
  if (isBetweenViews(desk)) {
    const asking = [...desk.viewsAskedFor.values()].filter((view) => view >= wanted).length;
    // §4.5.2: the next one only when a quorum has seen this one fail.
    if (asking < desk.quorum)
      return `it asks for view ${wanted} already: ${asking} of ${desk.quorum} do, so another node must ask, too`;
  }
  changeView(desk, out);
  const { view } = desk.replica.status();
  const count = [...desk.viewsAskedFor.values()].filter((asked) => asked >= view).length;
  const notice = { kind: "asked for view", count, threshold: desk.quorum } as const;
  tell(out, { view, slot: 0 }, notice);
  return undefined;
}

/** Somebody else asks for a view: worth saying as long as it has not taken this node along. */
export function onViewAsked(desk: Desk, signed: Signed<PbftMessage>, out: Sending): void {
  const { from, message } = signed;
  if (message.kind !== "view-change" || message.view <= desk.replica.status().view) return;
  if (isBetweenViews(desk)) return;
  // An abort takes everybody along: nobody has to be asked.
  const isAborting = currentSlots(desk).some((slot) =>
    isHopeless(desk, tallyOf(desk, slot, "prepare")),
  );
  if (isAborting) return;
  tell(out, { view: message.view, slot: 0 }, { kind: "view asked for", from });
}

const requestIn = ({ known }: Desk, { digest = "" }: Slot) => known.get(digest)?.request;

const abortOf = (
  { self }: Desk,
  { view, sequence }: Slot,
  { client, timestamp }: NonNullable<Slot["abort"]>,
): Abort => ({ kind: "abort", view, sequence, client, timestamp, replica: self });
