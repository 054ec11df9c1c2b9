/**
 * The courses' attacks as faults on envelopes. Where a shared mode does the same it is used; what a
 * course means in its own way stands here.
 */

import type { Fault } from "../../core/fault.ts";
import type { Millis, NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import { badSignature } from "../../faults/bad-signature.ts";
import { dark, delay } from "../../faults/withholding.ts";
import { leadingRoles, twoNumbers } from "./equivocation.ts";
import type { Attack, ScenarioSet } from "./scenario.ts";

/** What a node does wrong in one set. */
export interface SetFault {
  readonly set: ScenarioSet;
  /** Undefined is the older format: it does not vote. */
  readonly attack: Attack | undefined;
  readonly fault: Fault<Message>;
}

export interface AttackSetting {
  readonly protocol: Pick<Protocol, "kinds" | "controlKinds">;
  /** The timer that `time` must not let run out. */
  readonly timeoutMs: Millis;
}

/** The faults of a node in all sets, in order; each is at work only while its set is played. */
export function faultsIn(
  sets: readonly ScenarioSet[],
  node: NodeId,
  setting: AttackSetting,
  isPlayed: (set: ScenarioSet) => boolean,
): readonly SetFault[] {
  return sets
    .filter(({ byzantine }) => byzantine.includes(node))
    .flatMap((set) => {
      const attacks = set.attacks.length === 0 ? [undefined] : set.attacks;
      return attacks.map((attack) => ({
        set,
        attack,
        fault: onlyWhile(faultOf(attack, setting), () => isPlayed(set)),
      }));
    });
}

/** Whether the node says anything false: what it executes is then nobody's business. */
export const isLie = ({ kind }: Attack): boolean => kind === "sign" || kind === "equivocation";

/** Whether a node that does this still votes, so that others may count on it. */
export const votesStill = ({ attacks }: ScenarioSet): boolean =>
  attacks.length > 0 && attacks.every(({ kind }) => kind !== "crash" && kind !== "sign");

function faultOf(attack: Attack | undefined, setting: AttackSetting): Fault<Message> {
  switch (attack?.kind) {
    case undefined:
      return mute();
    case "crash":
      return crash(setting.protocol);
    case "sign":
      return badSignature();
    case "time":
      return whileLeading(delay(setting.timeoutMs * delayedShare));
    case "dark":
      return dark(attack.targets);
    case "equivocation":
      return twoNumbers(attack.targets);
  }
}

// A leader speaks up to three times before a client has its answer: all of it fits into one time-out.
const delayedShare = 0.2;

/** With these a node makes itself leader; they run the cluster, not a request. */
const leadershipKinds: readonly string[] = ["new-view", "prepare"];

/**
 * Records what it hears and adds nothing: as leader no request gets prepared through it and no view
 * begins, as backup it does not vote; clients hear nothing. Of what runs the cluster only that goes on
 * which concerns others, such as view-changes.
 */
function crash({ kinds, controlKinds }: AttackSetting["protocol"]): Fault<Message> {
  const ofRounds = kinds.filter((kind) => !controlKinds.includes(kind));
  const withheld = new Set([...ofRounds, ...leadershipKinds]);
  return withholding("crash", ({ kind }) => withheld.has(kind));
}

const votes: ReadonlySet<string> = new Set(["prepare", "commit", "accepted"]);

/** Receives and does not vote; as leader it still proposes. A reply to another node is a vote, too. */
const mute = (): Fault<Message> =>
  withholding(
    "no votes",
    ({ kind }, isToPeer) => votes.has(kind) || (kind === "reply" && isToPeer),
  );

function withholding(
  name: string,
  isWithheld: (message: Message, isToPeer: boolean) => boolean,
): Fault<Message> {
  return {
    name,
    onSend(envelope, context) {
      if (!isWithheld(envelope.message, context.peers.includes(envelope.to))) return [envelope];
      context.witness();
      return [];
    },
  };
}

const whileLeading = (fault: Fault<Message>): Fault<Message> => ({
  name: fault.name,
  onSend: (envelope, context) =>
    leadingRoles.has(context.role) ? fault.onSend(envelope, context) : [envelope],
});

const onlyWhile = (fault: Fault<Message>, isOn: () => boolean): Fault<Message> => ({
  name: fault.name,
  onSend: (envelope, context) => (isOn() ? fault.onSend(envelope, context) : [envelope]),
});
