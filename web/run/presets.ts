/** Runs to begin with: the bank of the visualiser that came before, and the six steps of the tour. */

import s1 from "../../ccro/counterexamples/S1.json" with { type: "json" };
import type { Schedule } from "../../sim/schedule.ts";
import { type Setup, usualSetup } from "./setup.ts";

/**
 * Accounts and transactions are those of simulation/simulator.py in lilybhattacharjee5/visualize-pbft;
 * the fault sits on the node on which it sat there.
 */
const bank: Setup = {
  ...usualSetup,
  operations: [
    "Ana -> Elisa 400",
    "Bo -> Elisa 100",
    "Elisa -> Ana 20",
    "Bo -> Ana 2",
    "Ana -> Bo 100",
    "Elisa -> Ana 1",
    "Elisa -> Ana 1",
    "Elisa -> Bo 100",
    "Bo -> Ana 20",
    "Ana -> Elisa 30",
  ].join("\n"),
};

export interface Preset {
  readonly name: string;
  readonly setup: Setup;
}

/** Three accounts, ten transfers, and the four ways in which a node misbehaved there. */
export const presets: readonly Preset[] = [
  { name: "The bank: everybody honest", setup: bank },
  { name: "The bank: no response", setup: { ...bank, faults: "silent@r2" } },
  {
    name: "The bank: fake client transactions",
    setup: { ...bank, faults: "malicious@commander" },
  },
  { name: "The bank: bad results", setup: { ...bank, faults: "malicious@r2" } },
  {
    name: "The bank: bad view-change requests",
    setup: { ...bank, faults: "spam-view-change@r2" },
  },
  {
    name: "Three domains of PBFT",
    setup: {
      ...usualSetup,
      n: "12",
      domains: "3",
      operations: "Ana -> Bo 50\nBo -> Elisa 20\nElisa -> Ana 5",
    },
  },
  {
    name: "A network that loses messages",
    setup: { ...usualSetup, network: "delay=5ms-15ms,loss=5%,duplicate=2%" },
  },
  {
    name: "31 nodes, one transfer",
    setup: { ...usualSetup, n: "31", operations: "Ana -> Bo 50" },
  },
  {
    name: "Key-value store, CCRO-safe",
    setup: {
      ...usualSetup,
      protocol: "ccro-safe",
      n: "6",
      service: "kv",
      balances: "",
      operations: 'a = 1\nb = "two"\na = 3',
    },
  },
];

export interface TourStep {
  readonly title: string;
  readonly text: string;
  readonly setup: Setup;
  /** Another protocol beside it, on the same seed. */
  readonly beside?: string;
  /** Runs this instead of what the set-up says. */
  readonly schedule?: Schedule;
}

const one = (change: Partial<Setup>): Setup => ({
  ...usualSetup,
  operations: "Ana -> Bo 50",
  ...change,
});

const fork = s1.schedule as unknown as Schedule;

export const tour: readonly TourStep[] = [
  {
    title: "A normal round",
    text: "The client’s request goes to the primary r0, which proposes it (pre-prepare). Everybody tells everybody that it saw the same proposal (prepare), then that a quorum did (commit). The client believes a result that f + 1 = 2 replicas report alike.",
    setup: one({}),
  },
  {
    title: "A lying replica",
    text: "r2 votes for another value and reports another result. Its votes fit nobody else’s: the other three are a quorum without it, and its word alone is not f + 1.",
    setup: one({ faults: "malicious@r2" }),
  },
  {
    title: "An equivocating commander",
    text: "The primary tells r3 one story and the others another. Neither r3 nor anybody else sees a quorum for a second value, so nobody executes it. Who hears too little catches up, or asks for another view.",
    setup: one({ faults: "equivocating(r3)@commander" }),
  },
  {
    title: "A view change",
    text: "The primary is not there. The client asks everybody, the backups’ timers run out, and with 2f + 1 of their view-changes r1 opens view 1. The shade changes where the view does.",
    setup: one({ faults: "offline@commander" }),
  },
  {
    title: "CCRO’s round",
    text: "All votes go through one communication node: 6n − 10 messages instead of 2n² − 2n. Beside it, PBFT with as many nodes on the same seed: compare the counters.",
    setup: one({ protocol: "ccro", n: "6" }),
    beside: "pbft",
  },
  {
    title: "The fork of published CCRO, and its cure",
    text: "Nobody lies. The monitor is in error once, and r5, which heard of nothing, becomes primary: two different blocks at one height. Beside it the same schedule under ccro-safe, where a new primary must show what a quorum reports: one block.",
    setup: one({ protocol: "ccro", n: "6", service: "echo", balances: "", operations: "" }),
    beside: "ccro-safe",
    schedule: fork,
  },
];
