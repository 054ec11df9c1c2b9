/** How much each component of a node says about itself. Nothing, unless somebody asks. */

import { UsageError } from "../../core/assert.ts";
import { anyOf, didYouMean } from "../../core/nearest.ts";

/**
 * `node`: life and death; `protocol`: views, slots, refused messages; `messages`: each one sent and
 * received; `http`: requests of users, and those that were not taken.
 */
export const components = ["node", "protocol", "messages", "http"] as const;
export type Component = (typeof components)[number];

export const levels = ["silent", "error", "warn", "info", "debug", "trace"] as const;
export type Level = (typeof levels)[number];

export type LogLevels = Readonly<Record<Component, Level>>;

export const silence: LogLevels = {
  node: "silent",
  protocol: "silent",
  messages: "silent",
  http: "silent",
};

/** Whoever starts a node says how much it says, also through those that start it. */
export const levelsOfEnvironment = (): LogLevels =>
  parseLevels(process.env[variable] ?? "", variable);

const variable = "QUORUMLAB_LOG";

/** `info` for all components, or `protocol=debug,http=info` for some; later words overrule earlier ones. */
export function parseLevels(text: string, name: string): LogLevels {
  let chosen = silence;
  for (const part of text.split(",").map((word) => word.trim())) {
    if (part === "") continue;
    const [first = "", second] = part.split("=");
    if (second === undefined) {
      const level = wordOf(first, levels, name, "a level");
      chosen = { node: level, protocol: level, messages: level, http: level };
    } else {
      const component = wordOf(first, components, name, "a component");
      chosen = { ...chosen, [component]: wordOf(second, levels, name, "a level") };
    }
  }
  return chosen;
}

function wordOf<Word extends string>(
  text: string,
  words: readonly Word[],
  name: string,
  what: string,
): Word {
  const word = words.find((known) => known === text);
  if (word !== undefined) return word;
  throw new UsageError(
    `${name}: ${JSON.stringify(text)} is not ${what}, which is ${anyOf(words)}${didYouMean(text, words)}; ` +
      "write a level for all, or protocol=debug,http=info",
  );
}
