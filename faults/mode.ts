/** What a way to fail is: its name, what it may be told in brackets, and who carries it out. */

import type { Fault } from "../core/fault.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message } from "../core/messages.ts";
import { longest, parseDuration, printDuration } from "./duration.ts";

/** The values in the brackets of `MODE(ARGS)`, all of one sort. */
export interface Argument {
  /** As in a usage line: `TARGETS`. */
  readonly name: string;
  /** What it says, in one line with its unit and default. */
  readonly help: string;
  /** What one value may be, as the end of a sentence. */
  readonly allowed: string;
  /** Most values. */
  readonly most: number;
  isAllowed(value: string): boolean;
  /** Whether the values are ids of nodes. */
  readonly areNodes: boolean;
}

interface Described {
  /** As at the command line. */
  readonly name: string;
  /** What the node does, in one line. */
  readonly help: string;
  /** The roles in which it has meaning. */
  readonly roles: string;
  readonly argument: Argument | undefined;
}

/** Carried out by the host, which starts and stops nodes: see `lifeOf`. */
export interface LifeCycleMode extends Described {
  readonly kind: "life-cycle";
  readonly takesWindow: boolean;
}

/** Carried out on what the node sends: see `faultsOf`. */
export interface EnvelopeMode extends Described {
  readonly kind: "envelope";
  readonly takesWindow: true;
  /** A new fault for one node; it may remember what it did. */
  create<M extends Message>(args: readonly string[]): Fault<M>;
}

export type Mode = LifeCycleMode | EnvelopeMode;

const id = /^[a-z]+\d+$/;
export const isNodeId = (text: string): boolean => id.test(text);

/** Nodes by name; clients may be among them. */
export const targets = (help: string): Argument => ({
  name: "TARGETS",
  help,
  allowed: "ids joined by +, such as r3+r4 or, for a client, c0",
  most: 1000,
  isAllowed: isNodeId,
  areNodes: true,
});

/** None given: the mode chooses for itself. */
export const targetsIn = (args: readonly string[]): readonly NodeId[] | undefined =>
  args.length === 0 ? undefined : args;

export const duration = (name: string, help: string): Argument => ({
  name,
  help,
  allowed: `a time from 1ms to ${printDuration(longest)}, such as 300ms or 2s`,
  most: 1,
  isAllowed: (value) => (parseDuration(value) ?? 0) >= 1,
  areNodes: false,
});

export const count = (name: string, help: string, most: number): Argument => ({
  name,
  help,
  allowed: `a whole number from 1 to ${most}`,
  most: 1,
  isAllowed: (value) => /^[1-9]\d{0,9}$/.test(value) && Number(value) <= most,
  areNodes: false,
});

export const oneOf = (name: string, help: string, values: readonly string[]): Argument => ({
  name,
  help,
  allowed: values.join(" or "),
  most: 1,
  isAllowed: (value) => values.includes(value),
  areNodes: false,
});
