/**
 * The three rule sets as data: how many is enough, what a message carries, and how roles are handed
 * over. R1 to R5 of PROTOCOLS.md each stand in one field, so that each can be switched off alone.
 */

import { quorumOf, weakQuorumOf } from "../core/quorum.ts";

export interface RuleSet {
  /** As at the command line. */
  readonly name: string;
  /** As in a table. */
  readonly title: string;
  /** What a commit carries: votes to be kept, or signed prepares that every voter checks. */
  readonly commit: "log" | "certificate";
  /** R1: how many replies complete a block: f + 1, or a quorum, so that the reply is a commit vote. */
  readonly replies: "weak" | "quorum";
  /** Why a formal block is believed: on the primary's word, or for the signed replies it carries. */
  readonly formalBlock: "word" | "proof";
  readonly handOver: HandOverRules;
}

export interface HandOverRules {
  /** R2: what a node reports: its height alone, or its height and its highest certificate. */
  readonly report: "height" | "certificate";
  /** Where heights are all that is reported: whether a new primary goes on with the block it has seen. */
  readonly resumesSeenBlock: boolean;
  /** R3: how many reports open an epoch: 2f + 1, or n − f of all n. */
  readonly reports: "quorum" | "all but f";
  /** R4: whether the first block of an epoch carries the reports, and every voter checks them. */
  readonly areReportsAttached: boolean;
  /** R5 forbids it: a reply in an older epoch after the report for a newer one. */
  readonly mayReplyInOlderEpochs: boolean;
}

/**
 * As the paper has it: block heights only (algorithms 1 and 2), and the primary's word. That a new
 * primary "continues the previous operation" is the charitable reading.
 */
export const published: RuleSet = {
  name: "ccro",
  title: "CCRO",
  commit: "log",
  replies: "weak",
  formalBlock: "word",
  handOver: {
    report: "height",
    resumesSeenBlock: true,
    reports: "quorum",
    areReportsAttached: false,
    mayReplyInOlderEpochs: true,
  },
};

export const certified: RuleSet = {
  name: "ccro-certified",
  title: "CCRO-certified",
  commit: "certificate",
  replies: "weak",
  formalBlock: "word",
  handOver: {
    report: "certificate",
    resumesSeenBlock: true,
    reports: "quorum",
    areReportsAttached: false,
    mayReplyInOlderEpochs: false,
  },
};

export const safe: RuleSet = {
  name: "ccro-safe",
  title: "CCRO-safe",
  commit: "certificate",
  replies: "quorum",
  formalBlock: "proof",
  handOver: {
    report: "certificate",
    resumesSeenBlock: true,
    reports: "all but f",
    areReportsAttached: true,
    mayReplyInOlderEpochs: false,
  },
};

/** The uncharitable reading: a new primary knows nothing but heights. Only to show what follows. */
export const literal: RuleSet = {
  ...published,
  name: "ccro-literal",
  title: "CCRO to the letter",
  handOver: { ...published.handOver, resumesSeenBlock: false },
};

const switches = {
  R1: (rules: RuleSet): RuleSet => ({ ...rules, replies: "weak" }),
  R2: (rules: RuleSet): RuleSet => withHandOver(rules, { report: "height" }),
  R3: (rules: RuleSet): RuleSet => withHandOver(rules, { reports: "quorum" }),
  R4: (rules: RuleSet): RuleSet => withHandOver(rules, { areReportsAttached: false }),
  R5: (rules: RuleSet): RuleSet => withHandOver(rules, { mayReplyInOlderEpochs: true }),
} as const;

export type SafetyRule = keyof typeof switches;
export const safetyRules = Object.keys(switches) as readonly SafetyRule[];

/** The same rules with one of R1 to R5 as published: what that rule is good for. */
export function without(rules: RuleSet, rule: SafetyRule): RuleSet {
  const changed = switches[rule](rules);
  return {
    ...changed,
    name: `${rules.name}-without-${rule.toLowerCase()}`,
    title: `${rules.title} without ${rule}`,
  };
}

const withHandOver = (rules: RuleSet, change: Partial<HandOverRules>): RuleSet => ({
  ...rules,
  handOver: { ...rules.handOver, ...change },
});

/** Who is to be counted: n nodes, of which f may be faulty and `voters` are consensus nodes. */
export interface Sizes {
  readonly n: number;
  readonly f: number;
  readonly voters: number;
}

/** 2f + 1 of 3f + 1 voters; ⌈(m + f + 1)/2⌉ of m. */
export const preparesNeeded = ({ voters, f }: Sizes): number => quorumOf(voters, f);

export const repliesNeeded = ({ replies }: RuleSet, sizes: Sizes): number =>
  replies === "weak" ? weakQuorumOf(sizes.f) : preparesNeeded(sizes);

/** Reports come from all n nodes: there 2f + 1 of 3f + 3 is no Byzantine quorum, n − f is. */
export const reportsNeeded = ({ handOver }: RuleSet, sizes: Sizes): number =>
  handOver.reports === "quorum" ? preparesNeeded(sizes) : sizes.n - sizes.f;
