import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { afterEach, beforeEach, test } from "vitest";
import { hostOptionsOf } from "../bench/clusters/assembly.ts";
import { sampleSpec } from "../bench/clusters/sample-spec.ts";
import { sequencer } from "../test-support/sequencer.ts";
import { Gateway } from "./gateway.ts";
import { MemoryNetwork } from "./memory-network.ts";
import type { Participant } from "./participant.ts";
import { createLane, createMember } from "./resident.ts";
import type { Tally } from "./tally.ts";
import { WallClock } from "./time.ts";

const patienceMs = 60_000;
const clients = ["c0", "c1"];

let gateway: Gateway;
let node: Participant;
let accepted: string[];

beforeEach(() => {
  const time = new WallClock();
  const spec = { ...sampleSpec("pbft", 1), protocol: sequencer, n: 1 };
  const options = hostOptionsOf(spec, { time, firstTimestamp: () => 5 });
  const network = new MemoryNetwork({ time, isControl: () => false });
  const makeTransport = (tally: Tally) => network.transportOf(tally);
  const member = createMember(options, "r0", makeTransport);
  const lanes = clients.map((id) => createLane(options, id, makeTransport));
  node = member.participant;
  gateway = new Gateway(lanes.map(({ lane }) => lane));
  for (const { participant } of [member, ...lanes]) {
    network.attach(participant);
    participant.start();
  }
  accepted = [];
});

afterEach(() => {
  gateway.stop("the test is over");
  node.stop();
});

/** Runs it, and notes the client once it is accepted. */
async function run(operation: string, lane?: number) {
  const chosen = lane === undefined ? undefined : gateway.lanes[lane];
  const outcome = await gateway.run(`"${operation}"`, patienceMs, chosen);
  accepted.push(`${outcome.client} ${operation}`);
  return outcome;
}

test("an operation runs to its acceptance, with its times and its name", async () => {
  const { acceptance, request, consensusTimeMs, reason } = await run("a");
  equal(acceptance?.result, '"a"');
  equal(request?.timestamp, 5);
  equal(acceptance?.timestamp, 5);
  match(request?.digest ?? "", /^[0-9a-f]{64}$/);
  ok(consensusTimeMs !== undefined && consensusTimeMs > 0);
  equal(reason, undefined);
});

test("operations at the same time run as different clients; a third one waits its turn", async () => {
  await Promise.all([run("a"), run("b"), run("c")]);
  deepEqual(accepted, ["c0 a", "c1 b", "c0 c"]);
  equal((await run("d")).client, "c0");
});

test("who asks for a lane waits for it, while others pass by", async () => {
  await Promise.all([run("a", 1), run("b", 1), run("c")]);
  deepEqual(accepted, ["c1 a", "c0 c", "c1 b"]);
});

test("what is not accepted in time says so, and does not hold up the next one", async () => {
  node.stop();
  const lost = await gateway.run('"lost"', 0);
  equal(lost.acceptance, undefined);
  match(lost.reason ?? "", /not accepted within 0 ms/);
  equal(lost.request?.timestamp, 5);
  node.start();
  const next = await run("next", 0);
  equal(next.client, lost.client);
  equal(next.request?.timestamp, 6);
  notEqual(next.request?.digest, lost.request?.digest);
  equal(next.acceptance?.result, '"next"');
});

test("when the node goes down everybody who waits is told", async () => {
  node.stop();
  const waiting = ["a", "b", "c", "d"].map((operation) =>
    gateway.run(`"${operation}"`, patienceMs),
  );
  gateway.stop("the node went down");
  for (const { acceptance, reason } of await Promise.all(waiting)) {
    equal(acceptance, undefined);
    equal(reason, "the node went down");
  }
});
