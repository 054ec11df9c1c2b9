import { deepEqual, equal, ok } from "node:assert/strict";
import { beforeEach, describe, test } from "vitest";
import type { NodeId } from "../../core/ids.ts";
import type { Signed } from "../../core/messages.ts";
import { batchDigest } from "../../pbft/messages.ts";
import { simulatedCrypto } from "../../sim/crypto.ts";
import { pbftByHand } from "./machine/protocol.ts";
import type { ConsoleMessage } from "./machine/side-messages.ts";
import { SimulatedStage } from "./simulated-stage.ts";

const { signedText } = pbftByHand({ firstTimestamp: () => 1 });
const everybody = new Set(["r0", "r1", "r2", "r3", "client"]);
const cryptoOf = (id: NodeId) => simulatedCrypto(id, everybody);

const signed = <M extends ConsoleMessage>(from: NodeId, message: M): Signed<M> => ({
  from,
  message,
  signature: cryptoOf(from).sign(signedText(message)),
});

let stage: SimulatedStage;
beforeEach(() => {
  stage = new SimulatedStage({ n: 4, seed: 1, save: (file) => file });
});

/** What one of them says to a command. */
async function answer(id: NodeId, line: string): Promise<readonly string[]> {
  const said = await stage.type(id, line);
  return said.filter((one) => one.id === id).flatMap(({ lines }) => lines.map(({ text }) => text));
}

async function play(...commands: readonly (readonly [NodeId, string])[]): Promise<void> {
  for (const [id, line] of commands) await stage.type(id, line);
}

const deposit = "account=alice,amount=100,operation=deposit";
const request = {
  kind: "request",
  operation: '{"account":"alice","amount":100,"number":1,"op":"deposit"}',
  timestamp: 1,
  client: "client",
} as const;

describe("a client that waits for its transaction", () => {
  const reply = {
    kind: "reply",
    view: 0,
    sequence: 1,
    timestamp: 1,
    client: "client",
    replica: "r3",
    result: '{"balance":1000000,"status":"ok"}',
  } as const;
  const waiting = "  deposit 100 to alice: asked";

  beforeEach(() => play(["client", `send ${deposit}`]));

  test("does not even look at a REPLY under a forged signature", async () => {
    const forged = { ...signed("r3", reply), from: "r2", message: { ...reply, replica: "r2" } };
    equal(stage.inject("client", forged), "bad signature");
    deepEqual(await answer("client", "list"), [
      "REPLY messages: 0, requests: 1",
      `${waiting}, 0 replies`,
    ]);
  });

  test("does not believe one node alone, whatever it signs", async () => {
    equal(stage.inject("client", signed("r3", reply)), undefined);
    const lines = await answer("client", "list");
    ok(lines.some((line) => line.startsWith(`${waiting}, 1 replies`)));
  });

  const abort = (replica: NodeId) =>
    signed(replica, {
      kind: "abort",
      view: 0,
      sequence: 1,
      client: "client",
      timestamp: 1,
      replica,
    });

  test("does not take it back because one node says that it cannot be ordered", async () => {
    stage.inject("client", abort("r3"));
    stage.inject("client", abort("r3"));
    const [, line = ""] = await answer("client", "list");
    ok(line.startsWith(waiting), line);
  });

  test("does not take it back on the word of somebody who is no replica", async () => {
    stage.inject("client", abort("r3"));
    stage.inject("client", abort("client"));
    const lines = await answer("client", "list");
    ok(lines.some((line) => line.startsWith(waiting)));
  });
});

describe("a leader that lies about the votes", () => {
  test("aborts nothing that the others have not seen refused", async () => {
    await play(["client", `send ${deposit}`], ["r1", "prepare yes"], ["r2", "prepare no"]);
    const abort = { view: 0, sequence: 1, client: "client", timestamp: 1, replica: "r0" };
    for (const id of ["r1", "r2", "r3"]) {
      equal(stage.inject(id, signed("r0", { kind: "abort", ...abort })), undefined);
    }
    await play(["r3", "prepare yes"]);
    equal((await answer("r1", "status"))[0], "P1: view 0, leader P0");
    ok((await answer("r1", "ack commit"))[0]?.startsWith("P1 acks commit"));
  });

  test("and proposes two things for one slot is caught by whoever sees both", async () => {
    await play(["client", `send ${deposit}`]);
    const other = signed("client", { ...request, operation: '{"op":"set","values":{"a":"b"}}' });
    const digest = batchDigest([other], cryptoOf("r0").digest);
    const conflict = { kind: "pre-prepare", view: 0, sequence: 1, digest, batch: [other] } as const;
    stage.inject("r2", signed("r0", conflict));
    const said = await stage.type("r2", "prepare yes");
    const linesOf = (id: NodeId) => said.find((one) => one.id === id)?.lines ?? [];
    equal(linesOf("r2")[0]?.text, "P0 proposes two things for view 0  sequence 1: it is faulty");
    // It votes on the first of the two, like everybody who has seen only that one.
    equal(linesOf("r1")[0]?.text, "PREPARE yes from P2. Prepare votes: 2/4 (threshold ≥ 3)");
  });

  test("and made up the client's request gets no vote, even if the operator says yes", async () => {
    const forged = { ...signed("r0", request), from: "client" };
    const digest = batchDigest([forged], cryptoOf("r0").digest);
    const invented = {
      kind: "pre-prepare",
      view: 0,
      sequence: 1,
      digest,
      batch: [forged],
    } as const;
    stage.inject("r1", signed("r0", invented));
    const said = await answer("r1", "prepare yes");
    equal(
      said.at(-1),
      "refused: the replica does not accept this proposal: its client did not sign it",
    );
  });
});

test("what was aborted is refused again, without asking, when a later leader proposes it", async () => {
  await play(
    ["client", `send ${deposit}`],
    ["r2", "prepare no"],
    ["r3", "prepare no"],
    ["r0", "progress"],
  );
  const batch = [signed("client", request)];
  const digest = batchDigest(batch, cryptoOf("r1").digest);
  const again = { kind: "pre-prepare", view: 1, sequence: 2, digest, batch } as const;
  stage.inject("r2", signed("r1", again));
  deepEqual(await answer("r2", "prepare yes"), [
    "P2 votes no, as it was refused before. Prepare votes: 1/4 (threshold ≥ 3), no: P2",
    "refused: P2 has voted no on sequence 2 already: in one view nobody votes twice",
  ]);
});

describe("a node that was away", () => {
  const preparedWithout = (away: NodeId): readonly (readonly [NodeId, string])[] => [
    ...["r1", "r2", "r3"].filter((id) => id !== away).map((id) => [id, "prepare yes"] as const),
    ["r0", "progress"],
  ];

  test("fetches what it missed although the first that it asks is down", async () => {
    await play(["r2", "crash"], ["client", `send ${deposit}`], ...preparedWithout("r2"));
    await play(["r1", "ack commit"], ["r3", "ack commit"], ["r0", "progress"], ["r0", "crash"]);
    deepEqual(await answer("r2", "recover"), [
      "=== RECOVERED  asks everybody for what it missed ===",
      "=== STATE TRANSFERRED  up to sequence 1 ===",
    ]);
  });

  test("is shown the proposal that it missed", async () => {
    await play(["r2", "crash"], ["client", `send ${deposit}`]);
    deepEqual(await answer("r2", "recover"), [
      "=== RECOVERED  asks everybody for what it missed ===",
      "=== PREPARE  view 0  sequence 1  P0 proposes: deposit 100 to alice ===",
      "(type prepare yes or prepare no)",
    ]);
  });

  test("hears the ack that was given again, and none that was not", async () => {
    await play(["client", `send ${deposit}`], ...preparedWithout("none"));
    await play(["r2", "crash"], ["r2", "recover"]);
    ok(
      (await answer("r2", "ack commit")).includes(
        "P2 acks commit. Commit votes: 2/4 (threshold ≥ 3)",
      ),
    );
  });

  test("is asked again for the ack that it had not given", async () => {
    await play(["client", `send ${deposit}`], ...preparedWithout("none"));
    await play(["r1", "crash"], ["r1", "recover"]);
    ok((await answer("r1", "status")).includes("(waits for you: ack commit or ack abort)"));
    await play(["r2", "ack commit"]);
    ok((await answer("r1", "ack commit"))[0]?.startsWith("P1 acks commit"));
    deepEqual(await answer("r1", "data"), ["data: alice=100"]);
  });
});
