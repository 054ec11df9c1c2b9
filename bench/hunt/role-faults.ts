/** How the nodes of CCRO fail in their roles, alone and together: what its hunts must have tried. */

import type { Part, Scene } from "../../sim/scenes.ts";

const one = (role: string) => ({ role, count: 1 });
const two = (role: string) => ({ role, count: 2 });

const primary = (mode: string, targets?: Part["targets"]): Part => ({
  at: "primary",
  mode,
  targets,
});
const communication = (mode: string, targets?: Part["targets"]): Part => ({
  at: "communication",
  mode,
  targets,
});
const monitor = (mode: string, args?: readonly string[]): Part => ({ at: "monitor", mode, args });
const sleeper = (strike: string): Part => ({ at: "consensus", mode: "sleeper", args: [strike] });

const strikes = ["malicious", "equivocating", "forge", "silent"];

const leaders: readonly Part[] = [
  communication("silent"),
  communication("selective", one("consensus")),
  communication("selective", two("consensus")),
  communication("dark", one("consensus")),
  communication("dark", two("consensus")),
  communication("equivocating", one("consensus")),
  communication("forge"),
  communication("malicious"),
  communication("misreport"),
  communication("delay"),
  primary("silent"),
  primary("selective", one("communication")),
  primary("selective", one("consensus")),
  primary("dark", one("communication")),
  primary("equivocating", one("communication")),
  primary("equivocating", one("consensus")),
  primary("equivocating", two("consensus")),
  primary("forge"),
  primary("malicious"),
  primary("delay"),
];

const together: readonly Scene[] = [
  [primary("silent"), communication("silent")],
  [primary("equivocating"), communication("equivocating")],
  [primary("equivocating", one("consensus")), communication("forge")],
  [primary("equivocating", two("consensus")), communication("selective", two("consensus"))],
  [primary("forge"), communication("forge")],
  [primary("malicious"), communication("malicious")],
  [primary("selective", one("communication")), communication("selective", one("consensus"))],
];

/** Whoever is to be elected needs somebody who fails before. */
const elected: readonly Scene[] = strikes.flatMap((strike) => [
  [sleeper(strike)],
  [primary("silent"), sleeper(strike)],
  [communication("silent"), sleeper(strike)],
]);

/** It is no replica: it may fail besides all others, and is honest again when the cluster heals. */
const monitors: readonly Part[] = [
  ...["silent", "selective", "dark", "delay", "replay", "bad-signature"].map((mode) =>
    monitor(mode),
  ),
  ...["equivocating", "malicious", "forge"].map((mode) => monitor(mode)),
  monitor("crash"),
  monitor("crash", ["lose-disk"]),
];

export const roleFaults: readonly Scene[] = [
  ...[...leaders, ...monitors].map((part) => [part]),
  ...together,
  ...elected,
];
