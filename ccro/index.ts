/** CCRO (Yu et al. 2022) as the rest of the house sees it: one protocol for each rule set. */

import type { Protocol } from "../core/protocol.ts";
import { createCcroClient } from "./client.ts";
import { finalityOf } from "./finality.ts";
import { certificatesIn } from "./judges/evidence.ts";
import { createInspectors } from "./judges/inspectors.ts";
import { lies } from "./lies.ts";
import type { CcroMessage } from "./messages.ts";
import { createMonitor } from "./monitor.ts";
import { createReplica } from "./replica.ts";
import { faultsTolerated, members, monitorId, nodesFor } from "./roles.ts";
import { certified, published, type RuleSet, safe } from "./rules.ts";
import { isCcroMessage } from "./shapes.ts";
import { signedText } from "./texts.ts";

export type { CcroMessage } from "./messages.ts";
export {
  certified,
  literal,
  published,
  type RuleSet,
  safe,
  safetyRules,
  without,
} from "./rules.ts";

const roundKinds = [
  "request",
  "preparatory-block",
  "pre-prepare",
  "prepare",
  "commit",
  "reply",
  "formal-block",
  "answer",
] as const;

const controlKinds = [
  "heartbeat",
  "participation",
  "height-check",
  "suspicion",
  "assignment",
  "report",
  "synchronize",
  "excerpt",
] as const;

/** CCRO under any rules, such as the safe ones without one of R1 to R5. */
export function createProtocol(rules: RuleSet): Protocol<CcroMessage> {
  return {
    name: rules.name,
    title: rules.title,
    faultsTolerated,
    nodesFor,
    members,
    createMember: (setup) =>
      setup.id === monitorId ? createMonitor(setup, rules) : createReplica(setup, rules),
    createClient: (setup) => createCcroClient(setup, rules),
    signedText,
    check: isCcroMessage,
    kinds: [...roundKinds, ...controlKinds],
    controlKinds,
    votingPhase: "prepare",
    expectedMessages,
    lies,
    certificatesIn: (effect, n) => certificatesIn(rules, effect, n),
    createInspectors: () => createInspectors(rules),
    finality: finalityOf(rules),
  };
}

/** 6n − 10, and the client's request and answer. */
const expectedMessages = (n: number): Readonly<Record<(typeof roundKinds)[number], number>> => ({
  request: 1,
  "preparatory-block": n - 1,
  "pre-prepare": n - 2,
  prepare: n - 2,
  commit: n - 2,
  reply: n - 2,
  "formal-block": n - 1,
  answer: 1,
});

export const ccro = createProtocol(published);
export const ccroCertified = createProtocol(certified);
export const ccroSafe = createProtocol(safe);
