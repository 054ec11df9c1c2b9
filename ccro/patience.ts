/**
 * How long a node waits, and what it does then. It watches one thing at a time: the request that has
 * waited longest, else the round that is open, or that an older epoch left open. Nothing waits, nothing
 * runs: a quiet cluster is silent.
 */

import { reportAgain, seekEverywhere } from "./handover.ts";
import type { AwaitedPhase } from "./messages.ts";
import { relayAll } from "./requests.ts";
import { monitorId } from "./roles.ts";
import { type CcroOut, type CcroState, currentRound, isExhausted, whoIsAhead } from "./state.ts";
import { proposeAgain, seek } from "./synchronization.ts";

/** Half-way through its patience a node repeats itself, at its end it complains to the monitor. */
export const timers = { repeat: "repeat", suspect: "suspect", catchUp: "catch up" } as const;

// Patience doubles with each epoch that brings nothing, up to this many times.
const mostDoublings = 5;
// Messages overtake each other: being behind for less than this part of the time-out is no news.
const catchUpPart = 8;

/** To be called at the end of each step. */
export function keepWatch(state: CcroState, out: CcroOut): void {
  watchProgress(state, out);
  watchHeight(state, out);
}

/** A client asks this node itself: whatever it had given up, it tries again. */
export function takeHeart(state: CcroState): void {
  if (isExhausted(state)) state.watch = undefined;
  state.strain = 0;
}

export function onTimeOut(state: CcroState, timer: string, out: CcroOut): void {
  if (timer === timers.catchUp) return catchUp(state, out);
  if (state.watch === undefined) return;
  if (timer === timers.repeat) return repeatItself(state, out);
  if (timer === timers.suspect) suspect(state, out);
}

function watchProgress(state: CcroState, out: CcroOut): void {
  const key = whatIsAwaited(state);
  if (key === state.watch?.key) return;
  if (key === undefined) {
    state.watch = undefined;
    out.stopTimer(timers.repeat);
    out.stopTimer(timers.suspect);
    return;
  }
  state.watch = { key, height: state.ledger.height, complaints: 0 };
  startTimers(state, out);
}

function startTimers(state: CcroState, out: CcroOut): void {
  if (isExhausted(state)) return;
  const { settings, strikes, watch } = state;
  const doublings = Math.min(strikes + (watch?.complaints ?? 0), mostDoublings);
  const patienceMs = settings.timeoutMs * 2 ** doublings;
  out.startTimer(timers.repeat, patienceMs / 2);
  out.startTimer(timers.suspect, patienceMs);
}

/** Changes when there is progress. A request is not forgotten because others are served. */
function whatIsAwaited(state: CcroState): string | undefined {
  const { roles, role, waiting, ledger, opened } = state;
  const [oldest] = waiting.values();
  if (oldest !== undefined && (role !== "primary" || opened === undefined)) {
    const { client, timestamp } = oldest.request.message;
    return `${roles.epoch} request ${client} ${timestamp}`;
  }
  return isSomethingOpen(state) ? `${roles.epoch} round ${ledger.height + 1}` : undefined;
}

/**
 * Also a block that an older epoch left prepared, since its client may hold the proof of it already,
 * and, for a new primary, one that it cannot begin without.
 */
function isSomethingOpen(state: CcroState): boolean {
  const { prepared, handOver, opened } = state;
  if (prepared !== undefined) return true;
  if (handOver?.chosen !== undefined && opened === undefined) return true;
  const round = currentRound(state);
  if (round === undefined) return false;
  const { proposed, prePrepare, commit } = round;
  return proposed !== undefined || prePrepare !== undefined || commit !== undefined;
}

/** Messages may be lost: says again what others may have missed, and asks for what it missed itself. */
function repeatItself(state: CcroState, out: CcroOut): void {
  const { roles, role, opened } = state;
  if (role === "primary") {
    if (opened !== undefined) {
      return proposeAgain(state, [roles.communication, ...roles.consensus], out);
    }
    return askForReports(state, out);
  }
  if (roles.assignment !== undefined && currentRound(state)?.proposed === undefined) {
    out.forward(roles.primary, roles.assignment);
    reportAgain(state, out);
  }
  relayAll(state, out);
  seek(state, roles.primary, out);
}

function askForReports(state: CcroState, out: CcroOut): void {
  const { roles, handOver, peers } = state;
  reportAgain(state, out);
  seekEverywhere(state, out);
  if (roles.assignment === undefined) return;
  for (const peer of peers) {
    if (handOver?.reports.of(peer) === undefined) out.forward(peer, roles.assignment);
  }
}

function suspect(state: CcroState, out: CcroOut): void {
  const { id, roles, ledger, watch } = state;
  const awaited = awaitedPhase(state);
  if (awaited !== undefined) {
    const { epoch } = roles;
    out.mark({ name: "suspected", view: epoch, slot: ledger.height + 1, detail: awaited });
    out.send(monitorId, {
      kind: "suspicion",
      epoch,
      height: ledger.height,
      awaited,
      node: id,
    });
  }
  if (watch === undefined) return;
  watch.complaints += 1;
  state.strain += 1;
  startTimers(state, out);
}

/** What is missing, as far as this node can tell. A primary without reports accuses nobody. */
export function awaitedPhase(state: CcroState): AwaitedPhase | undefined {
  const { role, ledger, watch } = state;
  const round = currentRound(state);
  if (role === "primary") return round?.lead === undefined ? undefined : "reply";
  // Others are served, its own request is not.
  if (watch !== undefined && watch.height < ledger.height) return "preparatory-block";
  if (round?.proposed === undefined) return "preparatory-block";
  // Whoever has no vote hears of the round's beginning and of its end only.
  if (role === "none") return "formal-block";
  if (role === "communication") return round.commit === undefined ? "prepare" : "formal-block";
  if (round.prePrepare === undefined) return "pre-prepare";
  return round.reply === undefined ? "commit" : "formal-block";
}

function watchHeight(state: CcroState, out: CcroOut): void {
  const isBehind = whoIsAhead(state) !== undefined;
  if (isBehind === state.isCatchingUp) return;
  state.isCatchingUp = isBehind;
  if (isBehind) out.startTimer(timers.catchUp, state.settings.timeoutMs / catchUpPart);
  else out.stopTimer(timers.catchUp);
}

function catchUp(state: CcroState, out: CcroOut): void {
  state.isCatchingUp = false;
  const ahead = whoIsAhead(state);
  if (ahead !== undefined) seek(state, ahead, out);
}
