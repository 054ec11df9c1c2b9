/** The mode that waits: honest until its node is elected, then something else. */

import type { Fault, FaultContext } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import { equivocating, forge, malicious } from "./lying.ts";
import { type EnvelopeMode, oneOf } from "./mode.ts";
import { silent } from "./withholding.ts";

/** How it strikes: modes that need nothing in brackets. */
const strikes = {
  malicious: <M extends Message>(): Fault<M> => malicious(),
  equivocating: <M extends Message>(): Fault<M> => equivocating(),
  forge: <M extends Message>(): Fault<M> => forge(),
  silent: <M extends Message>(): Fault<M> => silent(),
} as const;

type Strike = keyof typeof strikes;

const isStrike = (name: string): name is Strike => Object.hasOwn(strikes, name);

const electedRoles: ReadonlySet<string> = new Set(["primary", "communication", "leader"]);

/** Whoever leads from the beginning was not elected: it must lose its role and win one again. */
const isElected = <M extends Message>({ role, view }: FaultContext<M>): boolean =>
  view > 0 && electedRoles.has(role);

/** Behaves until its node holds a leading role in a view that is not the first, then strikes. */
export function sleeper<M extends Message>(strike: Strike): Fault<M> {
  const struck = strikes[strike]<M>();
  return {
    name: "sleeper",
    onSend: (envelope, context) =>
      isElected(context) ? struck.onSend(envelope, context) : [envelope],
  };
}

export const sleeperMode: EnvelopeMode = {
  kind: "envelope",
  name: "sleeper",
  help: "behaves until it is elected primary, leader or communication node, then strikes",
  roles: "any, in protocols that have views",
  argument: oneOf("STRIKE", "how it strikes (default malicious)", Object.keys(strikes)),
  takesWindow: true,
  create: ([name = "malicious"]) => sleeper(isStrike(name) ? name : "malicious"),
};
