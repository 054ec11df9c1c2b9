import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import type { NodeId } from "../core/ids.ts";
import type { Request, Signed } from "../core/messages.ts";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { hash128 } from "../sim/hash.ts";
import { createRandom } from "../sim/random.ts";
import { blockDigest, genesis } from "./blocks.ts";
import { createProtocol } from "./index.ts";
import type { Assignment, Block } from "./messages.ts";
import { certified, literal, published, type RuleSet, safe, without } from "./rules.ts";
import { type Flight, Stage } from "./stage.ts";

/**
 * The counterexamples to readings of CCRO, played on the very nodes: value A is what c0 asks r0 for,
 * B what c1 asks the new primary for. A liar has two faces: r5 lives in epoch 0, r5' in epoch 1 and
 * remembers nothing. Each ends in a fork under the rules it is for, and in none under ccro-safe.
 */
class Play {
  readonly stage: Stage;
  readonly honest: readonly NodeId[];
  /** What the clients asked for, A first. */
  readonly requests: readonly Signed<Request>[];

  constructor(rules: RuleSet, n: number, liars: readonly NodeId[] = []) {
    this.stage = new Stage({
      protocol: createProtocol(rules),
      n,
      clients: 2,
      settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
      random: createRandom(1),
      createCrypto: simulatedCrypto,
      createService: createEcho,
      twins: liars,
    });
    this.honest = Array.from({ length: n }, (_, index) => `r${index}`).filter(
      (id) => !liars.includes(id),
    );
    this.stage.request("c0", '"A"');
    this.stage.request("c1", '"B"');
    this.requests = this.stage.flights.flatMap(({ signed: { from, message, signature } }) =>
      message.kind === "request" ? [{ from, message, signature }] : [],
    );
    this.stage.drop(({ from }) => from === "c1");
  }

  /** Delivers one kind of message of one epoch. */
  pass(kind: string, epoch: number, { from, to }: { from?: string[]; to?: string[] } = {}): void {
    this.stage.deliver(
      (flight) =>
        flight.signed.message.kind === kind &&
        epochOf(flight) === epoch &&
        (from === undefined || from.includes(flight.from)) &&
        (to === undefined || to.includes(flight.to)),
    );
  }

  /** Epoch 0 as far as the commit: who hears of the block, who votes. */
  prepareA(voters: string[]): void {
    this.pass("request", -1, { to: ["r0"] });
    this.pass("preparatory-block", 0, { to: ["r1", ...voters] });
    this.pass("pre-prepare", 0, { to: voters });
    this.pass("prepare", 0, { from: voters });
  }

  /** Who hears of the roles of epoch 1 now. */
  handOver(primary: NodeId, communication: NodeId, to: string[]): Signed<Assignment> {
    const assignment = this.stage.assign(1, primary, communication);
    this.pass("assignment", 1, { to });
    return assignment;
  }

  proposeB(primary: string): void {
    for (const signed of this.requests.slice(1)) {
      this.stage.flights = [...this.stage.flights, { from: "c1", to: primary, signed }];
    }
    this.pass("request", -1, { from: ["c1"], to: [primary] });
  }

  /** Epoch 1 from the proposal to the replies. */
  completeB(communication: string, voters: string[], repliers: string[]): void {
    this.pass("assignment", 1, { to: [communication, ...voters] });
    this.pass("preparatory-block", 1, { to: [communication, ...voters] });
    this.pass("pre-prepare", 1, { to: voters });
    this.pass("prepare", 1, { from: voters.map(identity) });
    this.pass("commit", 1, { to: repliers });
    this.pass("reply", 1, { from: repliers.map(identity) });
  }

  /** The first block, with what one client asked for. */
  blockOf(client: NodeId): { readonly block: Block; readonly digest: string } {
    const requests = this.requests.filter(({ from }) => from === client);
    const block = { height: 1, parent: genesis, requests };
    return { block, digest: blockDigest(block, hash128) };
  }

  /** A liar makes a formal block of the replies that are under way to it. */
  sayFormal(
    from: NodeId,
    block: Block,
    epoch: number,
    to: readonly string[],
    assignment?: Signed<Assignment>,
  ): void {
    const digest = blockDigest(block, hash128);
    const replies = this.stage.flights.flatMap(({ signed: { message, signature } }) =>
      message.kind === "reply" && message.digest === digest && message.epoch === epoch
        ? [{ node: message.node, signature, results: message.results }]
        : [],
    );
    const signatures = new Map(replies.map(({ node, signature }) => [node, signature]));
    const proof = {
      epoch,
      height: 1,
      digest,
      results: replies[0]?.results ?? "0",
      replies: [...signatures].map(([node, signature]) => ({ node, signature })),
      assignment,
    };
    this.stage.say(from, { kind: "formal-block", block, proof }, to);
  }

  /** Everything that is still under way arrives, and all timers run out a few times. */
  finish(): readonly string[] {
    for (let round = 0; round < 6; round += 1) {
      this.stage.deliver();
      for (const name of this.stage.names()) this.stage.timeOut(name);
    }
    this.stage.deliver();
    return this.stage.storedAt(1, this.honest);
  }
}

const identity = (name: string): NodeId => name.replace("'", "");

const epochOf = ({ signed: { message } }: Flight): number => {
  if (message.kind === "formal-block") return message.proof.epoch;
  return "epoch" in message ? message.epoch : -1;
};

/** S0: all three nodes are honest, and the one reply is late. */
function playLate(rules: RuleSet): Play {
  const play = new Play(rules, 3);
  play.prepareA(["r2"]);
  play.pass("commit", 0, { to: ["r2"] });
  play.handOver("r2", "r1", ["r0", "r1", "r2"]);
  play.pass("report", 1);
  play.proposeB("r2");
  play.completeB("r1", ["r0"], ["r0"]);
  play.pass("reply", 0);
  return play;
}

/** S1: nobody lies; the monitor errs once. */
function playFalseSuspicion(rules: RuleSet): Play {
  const play = new Play(rules, 6);
  play.prepareA(["r2", "r3", "r4"]);
  play.pass("commit", 0, { to: ["r2", "r3"] });
  play.pass("reply", 0, { from: ["r2", "r3"] });
  play.handOver("r5", "r4", ["r1", "r2", "r3", "r4", "r5"]);
  play.pass("report", 1);
  play.proposeB("r5");
  play.completeB("r4", ["r1", "r2", "r3"], ["r1", "r2"]);
  return play;
}

/** S2: one voter says yes to everything and reports nothing. */
function playForgetfulVoter(rules: RuleSet): Play {
  const play = new Play(rules, 6, ["r5"]);
  play.prepareA(["r2", "r3", "r4", "r5"]);
  play.pass("commit", 0, { to: ["r2", "r5"] });
  play.pass("reply", 0, { from: ["r2", "r5"] });
  play.handOver("r3", "r4", ["r3", "r4", "r5'"]);
  play.pass("report", 1, { from: ["r4", "r5"] });
  play.proposeB("r3");
  play.completeB("r4", ["r1", "r2", "r5'"], ["r1", "r5'"]);
  return play;
}

/** S3: the replies that complete A are still under way when its primary leaves. */
function playLateReplies(rules: RuleSet): Play {
  const play = new Play(rules, 6, ["r5"]);
  play.prepareA(["r2", "r3", "r5"]);
  play.pass("commit", 0, { to: ["r2", "r5"] });
  play.handOver("r3", "r4", ["r0", "r3", "r4", "r5'"]);
  play.pass("reply", 0, { from: ["r2", "r5"] });
  play.pass("report", 1, { from: ["r4", "r5"] });
  play.pass("report", 1, { from: ["r0"] });
  play.proposeB("r3");
  play.completeB("r4", ["r1", "r2", "r5'"], ["r1", "r5'"]);
  return play;
}

/** S4: the strongest hand-over, and still f + 1 replies are too few. */
function playStrongestHandOver(rules: RuleSet): Play {
  const play = new Play(rules, 9, ["r7", "r8"]);
  play.prepareA(["r2", "r3", "r4", "r7", "r8"]);
  play.pass("commit", 0, { to: ["r2", "r7", "r8"] });
  play.handOver("r3", "r4", ["r0", "r3", "r4", "r5", "r6", "r7'", "r8'"]);
  play.pass("reply", 0);
  play.pass("report", 1);
  play.proposeB("r3");
  play.completeB("r4", ["r1", "r5", "r6", "r7'", "r8'"], ["r1", "r7'", "r8'"]);
  return play;
}

/** S5: nodes that have reported still answer in the epoch they left. */
function playNoPromise(rules: RuleSet): Play {
  const play = new Play(rules, 9, ["r7", "r8"]);
  play.prepareA(["r2", "r3", "r4", "r7", "r8"]);
  play.pass("commit", 0, { to: ["r2", "r7", "r8"] });
  play.pass("reply", 0);
  play.handOver("r3", "r4", ["r0", "r3", "r4", "r5", "r6", "r7'", "r8'"]);
  play.pass("report", 1);
  play.pass("commit", 0, { to: ["r3", "r4"] });
  play.pass("reply", 0);
  play.proposeB("r3");
  play.completeB("r4", ["r1", "r5", "r6", "r7'", "r8'"], ["r1", "r5", "r6", "r7'", "r8'"]);
  return play;
}

/** S6: 2f + 1 reports of 3f + 3 nodes need not know what 2f + 1 replies completed. */
function playFewReports(rules: RuleSet): Play {
  const play = new Play(rules, 6, ["r5"]);
  play.prepareA(["r2", "r3", "r4", "r5"]);
  play.pass("commit", 0, { to: ["r2", "r4", "r5"] });
  play.handOver("r3", "r4", ["r0", "r3", "r5'"]);
  play.pass("report", 1, { from: ["r0", "r5"] });
  play.proposeB("r3");
  play.completeB("r4", ["r0", "r1", "r5'"], ["r0", "r1", "r5'"]);
  play.pass("reply", 0);
  return play;
}

/** Heights alone: a complete block that its primary has not told anybody about leaves no trace. */
function playHeightsOnly(rules: RuleSet): Play {
  const play = new Play(rules, 6);
  play.prepareA(["r2", "r3", "r4"]);
  play.pass("commit", 0, { to: ["r2", "r3", "r4"] });
  play.handOver("r5", "r1", ["r1", "r2", "r3", "r4", "r5"]);
  play.pass("reply", 0);
  play.pass("report", 1);
  play.proposeB("r5");
  play.completeB("r1", ["r2", "r3", "r4"], ["r2", "r3", "r4"]);
  return play;
}

/** Without R4: a new primary knows of the certificate for A, proposes B, and nobody asks why. */
function playLyingPrimary(rules: RuleSet): Play {
  const play = new Play(rules, 6, ["r3"]);
  play.prepareA(["r2", "r3", "r4", "r5"]);
  play.pass("commit", 0, { to: ["r2", "r4", "r5"] });
  play.pass("reply", 0);
  const assignment = play.handOver("r3", "r1", ["r1", "r2", "r4", "r5"]);
  const { block, digest } = play.blockOf("c1");
  const opening = { assignment, reports: [] };
  const proposal = { kind: "preparatory-block", epoch: 1, digest, block, opening } as const;
  play.stage.say("r3", proposal, ["r1", "r2", "r4", "r5"]);
  play.completeB("r1", ["r2", "r4", "r5"], []);
  play.pass("commit", 1);
  play.sayFormal("r3", block, 1, ["r1", "r2", "r4", "r5"], assignment);
  play.pass("formal-block", 1);
  return play;
}

/** S7: primary and communication node lie together; a bare commit is believed. */
function playBareCommit(rules: RuleSet): Play {
  const play = new Play(rules, 9, ["r0", "r1"]);
  const { stage } = play;
  for (const [client, voters] of [
    ["c0", ["r2", "r3", "r4"]],
    ["c1", ["r5", "r6", "r7"]],
  ] as const) {
    const { block, digest } = play.blockOf(client);
    stage.say("r0", { kind: "preparatory-block", epoch: 0, digest, block }, voters);
    stage.say("r1", { kind: "commit", epoch: 0, height: 1, digest, votes: [] }, voters);
    play.pass("preparatory-block", 0);
    play.pass("commit", 0);
    play.sayFormal("r0", block, 0, voters);
    play.pass("formal-block", 0);
  }
  return play;
}

/** Without any of the rules that need a liar, or with one rule taken away from the safe ones. */
const rows = [
  ["S0", literal, playLate],
  ["S1", published, playFalseSuspicion],
  ["S2", certified, playForgetfulVoter],
  ["S3", certified, playLateReplies],
  ["S4", without(safe, "R1"), playStrongestHandOver],
  ["heights alone", without(safe, "R2"), playHeightsOnly],
  ["S6", without(safe, "R3"), playFewReports],
  ["a lying new primary", without(safe, "R4"), playLyingPrimary],
  ["S5", without(safe, "R5"), playNoPromise],
  ["S7", published, playBareCommit],
] as const;

for (const [name, rules, play] of rows) {
  describe(name, () => {
    test(`forks under ${rules.name}: two formal blocks at height 1`, () => {
      equal(play(rules).finish().length, 2);
    });

    test("does not fork under ccro-safe: one formal block at height 1", () => {
      equal(play(safe).finish().length, 1);
    });
  });
}

/** A is prepared in epoch 0 and goes no further, B is completed in epoch 1, and both are reported. */
test("of two certificates the one of the higher epoch is proposed again", () => {
  const play = new Play(safe, 9);
  const { stage } = play;
  play.prepareA(["r2", "r3", "r4", "r5", "r6"]);
  play.pass("commit", 0, { to: ["r2"] });
  play.handOver("r3", "r4", ["r0", "r3", "r4", "r5", "r6", "r7", "r8"]);
  play.pass("report", 1);
  play.proposeB("r3");
  play.completeB("r4", ["r0", "r5", "r6", "r7", "r8"], ["r0", "r5", "r6", "r7", "r8"]);
  const completed = stage.storedAt(1);
  equal(completed.length, 1);
  const isOfTheDead = ({ from, to }: Flight) => from === "r3" || to === "r3";
  stage.drop(isOfTheDead);
  stage.assign(2, "r1", "r2");
  // Whoever must repeat B fetches it first: what it asks for and is given names no epoch 2.
  const isOfEpoch2 = (flight: Flight) =>
    epochOf(flight) === 2 || flight.signed.message.kind === "excerpt";
  stage.deliver((flight) => isOfEpoch2(flight) && !isOfTheDead(flight));
  deepEqual(stage.storedAt(1, ["r0", "r1", "r2", "r4", "r5"]), completed);
  equal(play.finish().length, 1);
});
