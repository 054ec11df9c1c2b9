/**
 * The modes that lie: malicious, equivocating, forging and misreporting nodes. What a plausible lie
 * is, the protocol's `lies.ts` knows; here is whom it is told to, and that it stays the same lie.
 */

import type { Fault, FaultContext } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import type { EnvelopeMode } from "./mode.ts";
import { targets, targetsIn } from "./mode.ts";
import { Victims } from "./victims.ts";

type Lie = <M extends Message>(message: M, context: FaultContext<M>) => M | undefined;

/** Votes for and replies with a corrupt value, to everybody. */
export const malicious = <M extends Message>(): Fault<M> =>
  lying("malicious", (message, { lies, tools }) => lies.corrupt(message, tools));

/** Tells its targets the other story, everybody else the truth. */
export function equivocating<M extends Message>(named?: readonly NodeId[]): Fault<M> {
  const victims = new Victims(named, (possible) => Math.floor(possible / 2));
  return lying(
    "equivocating",
    (message, { lies, tools }) => lies.equivocate(message, tools),
    (to, context) => victims.includes(to, context),
  );
}

/** Makes its claims with invented evidence, to everybody. */
export const forge = <M extends Message>(): Fault<M> =>
  lying("forge", (message, { lies, tools }) => lies.forge(message, tools));

/** Reports false response times. */
export const misreport = <M extends Message>(): Fault<M> =>
  lying("misreport", (message, { lies, tools }) => lies.misreport?.(message, tools));

function lying<M extends Message>(
  name: string,
  lieAbout: Lie,
  isLiedTo: (to: NodeId, context: FaultContext<M>) => boolean = () => true,
): Fault<M> {
  // One lie for each message, however many hear it: it is sealed once, and nobody hears two.
  const lies = new WeakMap<M, { readonly lie: M | undefined }>();
  return {
    name,
    onSend(envelope, context) {
      if (!isLiedTo(envelope.to, context)) return [envelope];
      const { message } = envelope;
      const known = lies.get(message) ?? { lie: lieAbout(message, context) };
      lies.set(message, known);
      if (known.lie === undefined) return [envelope];
      context.witness();
      // Somebody else's signature is not on what we made up.
      return [{ ...envelope, message: known.lie, forwarded: undefined }];
    },
  };
}

export const maliciousMode: EnvelopeMode = {
  kind: "envelope",
  name: "malicious",
  help: "votes for and replies with a corrupt value, the same to everybody",
  roles: "any; as commander it proposes the corrupt value",
  argument: undefined,
  takesWindow: true,
  create: () => malicious(),
};

export const equivocatingMode: EnvelopeMode = {
  kind: "envelope",
  name: "equivocating",
  help: "tells its targets one value and everybody else another",
  roles: "any; as commander it proposes two different values",
  argument: targets("who hears the other story (default: half of the other replicas, drawn)"),
  takesWindow: true,
  create: (args) => equivocating(targetsIn(args)),
};

export const forgeMode: EnvelopeMode = {
  kind: "envelope",
  name: "forge",
  help: "makes its claims with invented evidence, such as certificates that nobody signed",
  roles: "whoever sends evidence: communication node, new primary, replica that changes views",
  argument: undefined,
  takesWindow: true,
  create: () => forge(),
};

export const misreportMode: EnvelopeMode = {
  kind: "envelope",
  name: "misreport",
  help: "reports false response times: the slowest as the fastest",
  roles: "communication node",
  argument: undefined,
  takesWindow: true,
  create: () => misreport(),
};
