/** One rough run: played, judged, and told to whoever must understand why it failed. */

import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";
import { faultsOf, lifeOf } from "../../faults/chain.ts";
import { createKeyValue } from "../../services/kv.ts";
import type { Verdict } from "../../sim/judge.ts";
import { duplicating, lossy, type Network, partitioned, uniformDelay } from "../../sim/network.ts";
import type { SimulationObserver } from "../../sim/simulation.ts";
import { createTail, createTranscript } from "../../sim/transcript.ts";
import { runTrial, type TimedCrash } from "../../sim/trial.ts";
import { type Draw, draw, healedMs } from "./draw.ts";
import { type Expectation, harmless } from "./expectations.ts";

const patienceMs = 120_000;
// Where no progress is promised there is no point in waiting for it.
const shortPatienceMs = 10_000;

/** A seed that did not keep what was promised. */
export interface Failure {
  readonly seed: number;
  readonly drawn: Draw;
  readonly isLive: boolean;
  readonly complaint: string;
}

export interface RoughRun {
  readonly verdict: Verdict;
  /** What honest nodes and others came to. */
  readonly marks: ReadonlySet<string>;
  readonly failure: Failure | undefined;
}

/** Draws, runs and judges one seed. */
export function runSeed(protocol: Protocol, expected: Expectation, seed: number): RoughRun {
  const drawn = draw(protocol, expected, seed);
  const marks = new Set<string>();
  const isLive = isProgressPromised(expected, protocol, drawn);
  const verdict = run(protocol, drawn, seed, isLive, {
    effect: (_node, effect) => {
      if (effect.kind === "mark") marks.add(effect.mark.name);
    },
  });
  const complaint = complaintAbout(verdict, expected.isSafe, isLive);
  const failure = complaint === undefined ? undefined : { seed, drawn, isLive, complaint };
  return { verdict, marks, failure };
}

function run(
  protocol: Protocol,
  drawn: Draw,
  seed: number,
  isLive: boolean,
  observer: SimulationObserver<Message>,
): Verdict {
  const faulty = new Set(drawn.faults.flatMap(({ nodes }) => nodes));
  const { verdict } = runTrial<Message>({
    ...drawn,
    protocol,
    seed,
    observer,
    network: roughNetwork(drawn),
    createService: createKeyValue,
    faults: new Map([...faulty].map((id) => [id, faultsOf<Message>(drawn.faults, id)])),
    liars: drawn.faults.filter(({ mode }) => !harmless.has(mode)).flatMap(({ nodes }) => nodes),
    crashes: crashesIn(drawn),
    endsAtMs: isLive ? patienceMs : shortPatienceMs,
  });
  return verdict;
}

const crashesIn = ({ crashes, faults }: Draw): readonly TimedCrash[] => [
  ...crashes.map((crash) => ({ ...crash, losesDisk: false })),
  ...faults.flatMap(({ nodes: [node = ""] }) =>
    lifeOf(faults, node).crashes.map((crash) => ({ ...crash, node })),
  ),
];

/** Rough until it heals. */
function roughNetwork({ delayMs, loss, lostKinds, duplication, partitions }: Draw): Network {
  const healed = uniformDelay(1, 10);
  const usual = duplicating(duplication, uniformDelay(...delayMs));
  const lossByKind = new Map(lostKinds.map(({ kind, loss: more }) => [kind, more]));
  const rough = partitioned(partitions, (passage) =>
    lossy(lossByKind.get(passage.kind) ?? loss, usual)(passage),
  );
  return (passage) => (passage.now < healedMs ? rough : healed)(passage);
}

/** Progress is promised while nobody lies who runs the cluster without being a replica. */
function isProgressPromised({ isLive }: Expectation, protocol: Protocol, { n, faults }: Draw) {
  const replicas = protocol.members(n).filter(({ isReplica }) => isReplica);
  const faulty = faults.flatMap(({ nodes }) => nodes);
  return isLive && faulty.every((node) => replicas.some(({ id }) => id === node));
}

function complaintAbout(verdict: Verdict, isSafe: boolean, isLive: boolean): string | undefined {
  if (isSafe && verdict.safety === "violated") return "is not safe";
  return isLive && verdict.liveness !== "ok" ? "makes no progress after healing" : undefined;
}

/** Everything that somebody needs who was not there: seed, what was drawn, the end of the run. */
export function tell(
  protocol: Protocol,
  { seed, drawn, isLive, complaint }: Failure,
  others: readonly Failure[],
): string {
  const tail = createTail(30);
  const transcript = createTranscript<Message>((line) => tail.write(line));
  const verdict = run(protocol, drawn, seed, isLive, transcript);
  const { faults, crashes, partitions, requests, ...rest } = drawn;
  return [
    `${protocol.name} ${complaint}, seed ${seed}`,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    `  drawn: ${JSON.stringify(rest)}`,
    ...[...faults, ...crashes, ...partitions, ...requests].map(
      (item) => `    ${JSON.stringify(item)}`,
    ),
    "  the last events:",
    ...tail.lines().map((line) => `    ${line}`),
    ...(others.length === 0
      ? []
      : [`  other seeds: ${others.map((other) => `${other.seed} ${other.complaint}`).join(", ")}`]),
    `  again: FUZZ_PROTOCOL=${protocol.name} FUZZ_SEED=${seed} npx vitest run sim/fuzz.test.ts`,
  ].join("\n");
}
