/**
 * What every protocol of the house must be able to do, as a list of cases: a test runs them all by
 * one call. A protocol may refuse single cases, each with its reason.
 */

import { assert } from "../core/assert.ts";
import { canonical } from "../core/encoding.ts";
import type { Fault } from "../core/fault.ts";
import { clientIds, type NodeId } from "../core/ids.ts";
import { tallyOf } from "../core/log.ts";
import { type Message, requestDigest } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import type { Service } from "../core/service.ts";
import { hash128 } from "./hash.ts";
import { duplicating, lossy, type Network, uniformDelay } from "./network.ts";
import { createTraceHash } from "./trace-hash.ts";
import { runTrial, type TimedRequest, type Trial, type TrialResult } from "./trial.ts";
import { createWireCheck } from "./wire-check.ts";

export interface AcceptanceOptions {
  /** A service that answers each operation with itself. */
  createEcho(): Service;
  /** The shared modes, which live in another room. */
  createFaults<M extends Message>(mode: string): readonly Fault<M>[];
  /** Why a case is not for this protocol, by the group it belongs to. */
  readonly refusals?: Readonly<Partial<Record<CaseGroup, string>>> | undefined;
}

export type CaseGroup =
  | "quiet"
  | "wire"
  | "determinism"
  | "rough network"
  | "load"
  | "crash"
  | "offline"
  | "malicious"
  | "equivocating";

export interface AcceptanceCase {
  readonly group: CaseGroup;
  readonly name: string;
  /** Why this protocol need not pass it. */
  readonly refusal: string | undefined;
  /** Throws what does not hold. */
  verify(): void;
}

const timeoutMs = 100;
const patienceMs = 60_000;

/** All cases for a protocol, those that it refuses among them. */
export function acceptanceOf<M extends Message>(
  protocol: Protocol<M>,
  options: AcceptanceOptions,
): readonly AcceptanceCase[] {
  const suite = new Suite(protocol, options);
  return [
    ...suite.quietCases(),
    ...suite.roughCases(),
    ...suite.faultCases("offline"),
    ...suite.faultCases("malicious"),
    ...suite.faultCases("equivocating"),
  ];
}

class Suite<M extends Message> {
  readonly #protocol: Protocol<M>;
  readonly #options: AcceptanceOptions;

  constructor(protocol: Protocol<M>, options: AcceptanceOptions) {
    this.#protocol = protocol;
    this.#options = options;
  }

  quietCases(): readonly AcceptanceCase[] {
    const smallest = this.#protocol.nodesFor(0);
    const sizes = Array.from(
      { length: Math.max(1, 11 - smallest) },
      (_, index) => smallest + index,
    );
    const usual = this.#protocol.nodesFor(1);
    return [
      ...[...sizes, 16, 31].map((n) =>
        this.#case("quiet", `n = ${n}: accepts all, for exactly the messages it should cost`, () =>
          this.#verifyQuiet(n),
        ),
      ),
      this.#case(
        "wire",
        "every message survives JSON, passes the check and is signed in full",
        () => this.#verifyWire(usual),
      ),
      this.#case("determinism", "equal seeds give equal traces, other seeds others", () =>
        this.#verifyDeterminism(usual),
      ),
    ];
  }

  roughCases(): readonly AcceptanceCase[] {
    const n = this.#protocol.nodesFor(1);
    const backup = this.#replicas(n).at(-1) ?? "";
    const rough: Network = lossy(0.2, duplicating(0.2, uniformDelay(1, 40)));
    const healed = uniformDelay(1, 10);
    const healing: Network = (passage) => (passage.now < 1000 ? rough : healed)(passage);
    const crash = { node: backup, atMs: 15, untilMs: 400, losesDisk: false };
    return [
      this.#case("rough network", "survives loss, duplication and reordering", () =>
        this.#verifyGood({ n, network: healing, requests: requestsOf(2, 5, 50) }),
      ),
      this.#case("load", "executes batches of many clients, each request once", () =>
        this.#verifyGood({
          n,
          clients: 10,
          requests: requestsOf(10, 3, 0),
          settings: { batch: 8 },
        }),
      ),
      this.#case("load", "goes on over many checkpoints", () =>
        this.#verifyGood({
          n,
          requests: requestsOf(1, 40, 5),
          settings: { checkpointInterval: 4 },
        }),
      ),
      this.#case("crash", "a replica that stops and comes back with its disk does no harm", () =>
        this.#verifyGood({ n, requests: requestsOf(1, 10, 20), crashes: [crash] }),
      ),
    ];
  }

  /** Each place alone for one fault, the first places together for two. */
  faultCases(mode: "offline" | "malicious" | "equivocating"): readonly AcceptanceCase[] {
    const f = Math.max(1, this.#protocol.faultsTolerated(this.#protocol.nodesFor(1)));
    const one = this.#protocol.nodesFor(f);
    const two = this.#protocol.nodesFor(2 * f);
    const places = [
      ...this.#replicas(one).map((node) => ({ n: one, nodes: [node] })),
      { n: two, nodes: this.#replicas(two).slice(0, 2) },
      { n: two, nodes: this.#replicas(two).slice(-2) },
    ];
    const names = ({ n, nodes }: Place) => `n = ${n}, ${nodes.join(" and ")} ${mode}`;
    return [
      ...places.map((place) =>
        this.#case(mode, `${names(place)}: accepts all, safely`, () =>
          assertGood(this.#runFaulty(mode, place)),
        ),
      ),
      this.#case(mode, "the lies of some place are really told", () => {
        const fired = places.flatMap((place) =>
          this.#runFaulty(mode, place).simulation.witnesses(),
        );
        const isTold = mode === "offline" || fired.some((witness) => witness.fired > 0);
        assert(isTold, `somebody told a lie`);
      }),
    ];
  }

  #verifyQuiet(n: number): void {
    const requests = requestsOf(1, 3, 0);
    const result = this.#run({ n, requests });
    assertGood(result);
    const { controlKinds } = this.#protocol;
    const counts = [...result.sent].filter(([kind]) => !controlKinds.includes(kind));
    const expected = Object.entries(this.#protocol.expectedMessages(n))
      .filter(([, count]) => count > 0)
      .map(([kind, count]): [string, number] => [kind, count * requests.length]);
    assertSame("messages", Object.fromEntries(expected), Object.fromEntries(counts));
    this.#verifyTallies(result, n);
  }

  /** Nobody saw anything corrupt, and half of them saw votes: a collector need not tell everybody. */
  #verifyTallies({ simulation }: TrialResult<M>, n: number): void {
    const witnesses = this.#replicas(n).filter((id) => {
      const machine = simulation.node(id)?.machine;
      assert(machine !== undefined && machine.status().slot === 3, `${id} executed three slots`);
      const [entry] = machine.log(1, 1);
      const { correct, corrupt } = tallyOf(entry, firstRequest, this.#protocol.votingPhase);
      assert(corrupt === 0, `${id} saw ${corrupt} corrupt votes`);
      return correct > 0;
    });
    assert(2 * witnesses.length >= n, `${witnesses.length} of ${n} saw votes, not half of them`);
  }

  #verifyWire(n: number): void {
    const check = createWireCheck(this.#protocol);
    this.#run({ n, requests: requestsOf(2, 5, 7), observer: check.observer });
    assert(check.problems().length === 0, check.problems().join("\n"));
  }

  #verifyDeterminism(n: number): void {
    const hashOf = (seed: number) => {
      const trace = createTraceHash<M>((message) => this.#protocol.signedText(message));
      const network = lossy(0.1, uniformDelay(1, 20));
      this.#run({ n, seed, network, requests: requestsOf(2, 3, 20), observer: trace });
      return trace.digest();
    };
    assertSame("trace", hashOf(1), hashOf(1));
    assert(hashOf(1) !== hashOf(2), "another seed gives another trace");
  }

  #runFaulty(mode: string, { n, nodes }: Place): TrialResult<M> {
    const requests = requestsOf(1, 4, 10);
    if (mode === "offline") return this.#run({ n, requests, offline: nodes });
    const faults = new Map(nodes.map((node) => [node, this.#options.createFaults<M>(mode)]));
    return this.#run({ n, requests, faults, liars: nodes });
  }

  #verifyGood(change: TrialChange<M>): void {
    assertGood(this.#run(change));
  }

  #run({ settings, ...change }: TrialChange<M>): TrialResult<M> {
    return runTrial<M>({
      protocol: this.#protocol,
      clients: clientsIn(change.requests),
      seed: 1,
      network: uniformDelay(1, 5),
      createService: () => this.#options.createEcho(),
      endsAtMs: patienceMs,
      settings: { batch: 1, timeoutMs, checkpointInterval: 128, ...settings },
      ...change,
    });
  }

  #replicas(n: number): readonly NodeId[] {
    return this.#protocol
      .members(n)
      .filter(({ isReplica }) => isReplica)
      .map(({ id }) => id);
  }

  #case(group: CaseGroup, name: string, verify: () => void): AcceptanceCase {
    const refusal = this.#options.refusals?.[group];
    return { group, name, refusal, verify };
  }
}

interface Place {
  readonly n: number;
  readonly nodes: readonly NodeId[];
}

interface TrialChange<M extends Message>
  extends Partial<Omit<Trial<M>, "settings" | "n" | "requests">> {
  readonly n: number;
  readonly requests: readonly TimedRequest[];
  readonly settings?: Partial<Trial<M>["settings"]>;
}

/** So many of each client, all different, one every so often. */
function requestsOf(clients: number, each: number, everyMs: number): readonly TimedRequest[] {
  return Array.from({ length: each }, (_, number) =>
    clientIds(clients).map((client) => ({
      atMs: number * everyMs,
      client,
      operation: canonical({ client, number }),
    })),
  ).flat();
}

const clientsIn = (requests: readonly TimedRequest[]): number =>
  new Set(requests.map(({ client }) => client)).size;

/** What the first request of `requestsOf` is called in logs. */
const firstRequest = requestDigest(
  {
    kind: "request",
    operation: canonical({ client: "c0", number: 0 }),
    timestamp: 1,
    client: "c0",
  },
  hash128,
);

/** A liar who speaks to none of those it lies to never lies: that proves less, and is no fault. */
function assertGood<M extends Message>({ verdict }: TrialResult<M>): void {
  const { safety, liveness, reasons } = verdict;
  const isSafe = safety === "ok" || safety === "invalid";
  assert(isSafe, `safety is ok, not ${safety}:\n${reasons.join("\n")}`);
  assert(liveness === "ok", `liveness is ok, not ${liveness}:\n${reasons.join("\n")}`);
}

function assertSame(what: string, expected: unknown, found: unknown): void {
  const sorted = (value: unknown) =>
    typeof value === "object" && value !== null ? Object.entries(value).sort() : value;
  const [wanted, got] = [JSON.stringify(sorted(expected)), JSON.stringify(sorted(found))];
  assert(wanted === got, `${what} are ${wanted}, not ${got}`);
}
