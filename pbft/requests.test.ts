import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "vitest";
import { createEcho } from "../services/echo.ts";
import { simulatedCrypto } from "../sim/crypto.ts";
import { createRandom } from "../sim/random.ts";
import { deliveredIn, kindsIn, messagesIn, Rig, type RigOptions } from "./rig.ts";

const tools = { cryptoOf: simulatedCrypto, createService: createEcho, random: createRandom(1) };
const rigOf = (options: RigOptions) => new Rig(tools, options);

const timersIn = (effects: Rig["effects"]) =>
  effects.flatMap((effect) =>
    effect.kind === "start-timer" || effect.kind === "stop-timer"
      ? [`${effect.kind === "start-timer" ? "start" : "stop"} ${effect.timer}`]
      : [],
  );

/** How many requests each pre-prepare holds. */
const batchesIn = (effects: Rig["effects"]) =>
  messagesIn(effects).flatMap((message) =>
    message.kind === "pre-prepare" ? [message.batch.length] : [],
  );

describe("a client's request at a backup (§4.1)", () => {
  test("goes to the primary under the client's own signature, and starts the view timer", () => {
    const rig = rigOf({ id: "r1" });
    const request = rig.request("c0", 1);
    const effects = [...rig.pass(request)];
    deepEqual(effects[0], { kind: "forward", to: "r0", signed: request });
    deepEqual(timersIn(effects), ["start view", "start catch-up"]);
  });

  test("goes to the primary again when the client asks again", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c0", 1));
    deepEqual(kindsIn(rig.pass(rig.request("c0", 1))), ["request"]);
  });

  test("is not passed on once the primary has proposed it", () => {
    const rig = rigOf({ id: "r1" });
    rig.tell("r0", rig.prePrepare(1, [rig.request("c0", 1)]));
    deepEqual(kindsIn(rig.pass(rig.request("c0", 1))), []);
  });

  test("stops the view timer once it is executed", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c0", 1));
    rig.round(1, [rig.request("c0", 1)]);
    deepEqual(
      timersIn(rig.effects).filter((timer) => timer.includes("view")),
      ["start view", "stop view"],
    );
  });

  test("leaves the timer to the one that waits longest, and starts it again for the next", () => {
    const rig = rigOf({ id: "r1" });
    for (const client of ["c0", "c1", "c2"]) rig.pass(rig.request(client, 1));
    const seen = rig.effects.length;
    rig.round(1, [rig.request("c1", 1)]);
    rig.round(2, [rig.request("c0", 1)]);
    rig.round(3, [rig.request("c2", 1)]);
    const timers = timersIn(rig.effects.slice(seen)).filter((timer) => timer.includes("view"));
    deepEqual(timers, ["start view", "stop view"]);
  });

  test("cannot keep others from being timed by coming again and again with newer timestamps", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c0", 1));
    rig.pass(rig.request("c1", 1));
    for (let timestamp = 2; timestamp < 20; timestamp += 1) rig.pass(rig.request("c0", timestamp));
    const starts = timersIn(rig.effects).filter((timer) => timer === "start view");
    // Once for c0, once for c1 when c0 overtook itself: never again.
    equal(starts.length, 2);
    equal(rig.machine.status()["waiting"], 2);
  });

  test("that the pre-prepare brings along starts the timer, too", () => {
    const rig = rigOf({ id: "r1" });
    deepEqual(timersIn([...rig.tell("r0", rig.prePrepare(1, [rig.request("c0", 1)]))]), [
      "start view",
      "start catch-up",
    ]);
  });

  test("is checked once: the pre-prepare that holds it costs no second look at its signature", () => {
    const rig = rigOf({ id: "r1" });
    rig.pass(rig.request("c0", 1));
    rig.tell("r0", rig.prePrepare(1, [rig.request("c0", 1)]));
    equal(rig.verifications, 0);
    rig.tell("r0", rig.prePrepare(2, [rig.request("c1", 1)]));
    equal(rig.verifications, 1);
  });
});

describe("exactly once (§4.1, D09)", () => {
  test("the last request again: the cached reply again, no execution", () => {
    const rig = rigOf({ id: "r1" });
    rig.round(1, [rig.request("c0", 3)]);
    const effects = rig.pass(rig.request("c0", 3));
    deepEqual(messagesIn(effects), [
      {
        kind: "reply",
        view: 0,
        sequence: 1,
        timestamp: 3,
        client: "c0",
        replica: "r1",
        result: '"c0-3"',
      },
    ]);
    deepEqual(deliveredIn(effects), []);
  });

  test("an older request: nothing", () => {
    const rig = rigOf({ id: "r1" });
    rig.round(1, [rig.request("c0", 3)]);
    deepEqual(kindsIn(rig.pass(rig.request("c0", 2))), []);
  });

  test("one request from the client and from every backup: one sequence", () => {
    const rig = rigOf({ id: "r0" });
    const request = rig.request("c0", 1);
    for (let copy = 0; copy < 4; copy += 1) rig.pass(request);
    deepEqual(batchesIn(rig.effects), [1]);
  });
});

describe("batches and the window (TOCS 2002)", () => {
  test("a lone request leaves at once, whatever the batch may hold", () => {
    const rig = rigOf({ id: "r0", batch: 64 });
    deepEqual(batchesIn([...rig.pass(rig.request("c0", 1))]), [1]);
  });

  test("what comes while a slot is under way leaves together when that slot commits", () => {
    const rig = rigOf({ id: "r0", batch: 3 });
    const first = rig.request("c0", 1);
    rig.pass(first);
    rig.pass(rig.request("c1", 1));
    rig.pass(rig.request("c2", 1));
    deepEqual(batchesIn(rig.effects), [1]);
    rig.round(1, [first]);
    deepEqual(batchesIn(rig.effects), [1, 2]);
  });

  test("a full batch does not wait for the slots before it", () => {
    const rig = rigOf({ id: "r0", batch: 2 });
    for (const client of ["c0", "c1", "c2", "c3", "c4"]) rig.pass(rig.request(client, 1));
    deepEqual(batchesIn(rig.effects), [1, 2, 2]);
  });

  test("requests leave in the order in which they came", () => {
    const rig = rigOf({ id: "r0", batch: 2 });
    for (const client of ["c4", "c2", "c3", "c0", "c1"]) rig.pass(rig.request(client, 1));
    const clients = messagesIn(rig.effects).flatMap((message) =>
      message.kind === "pre-prepare" ? message.batch.map((signed) => signed.from) : [],
    );
    deepEqual(clients, ["c4", "c2", "c3", "c0", "c1"]);
  });

  test("F11 K = 2, L = 4, four requests at once: exactly two pre-prepares, the rest waits", () => {
    const rig = rigOf({ id: "r0", checkpointInterval: 2 });
    const requests = ["c0", "c1", "c2", "c3"].map((client) => rig.request(client, 1));
    for (const request of requests) rig.pass(request);
    deepEqual(batchesIn(rig.effects), [1, 1]);
    for (const [index, request] of requests.entries()) rig.round(index + 1, [request]);
    deepEqual(batchesIn(rig.effects), [1, 1, 1, 1]);
    deepEqual(deliveredIn(rig.effects), [1, 2, 3, 4]);
  });

  test("F5 K = 2, L = 4, h = 2, execution blocked: 3 to 6 get numbers, 7 waits, then all execute", () => {
    const rig = rigOf({ id: "r0", checkpointInterval: 2 });
    const requests = Array.from({ length: 8 }, (_, client) => rig.request(`c${client}`, 1));
    const tellRound = (sequence: number) =>
      rig.round(sequence, requests.slice(sequence - 1, sequence));
    tellRound(1);
    tellRound(2);
    const own = messagesIn(rig.effects).find((message) => message.kind === "checkpoint");
    for (const replica of ["r1", "r2"]) {
      rig.tell(replica, rig.checkpoint(replica, 2, own?.kind === "checkpoint" ? own.digest : ""));
    }
    equal(rig.machine.status()["lowWatermark"], 2);
    // Slot 3 does not commit here, so nothing above it executes.
    rig.pass(requests[2] ?? rig.request("c2", 1));
    for (const sequence of [4, 5, 6, 7]) tellRound(sequence);
    const proposed = messagesIn(rig.effects).flatMap((message) =>
      message.kind === "pre-prepare" ? [message.sequence] : [],
    );
    deepEqual(proposed, [1, 2, 3, 4, 5, 6]);
    deepEqual(deliveredIn(rig.effects), [1, 2]);
    tellRound(3);
    deepEqual(deliveredIn(rig.effects), [1, 2, 3, 4, 5, 6]);
    const second = messagesIn(rig.effects).filter((message) => message.kind === "checkpoint")[1];
    for (const replica of ["r1", "r2"]) {
      rig.tell(
        replica,
        rig.checkpoint(replica, 4, second?.kind === "checkpoint" ? second.digest : ""),
      );
    }
    tellRound(7);
    deepEqual(deliveredIn(rig.effects), [1, 2, 3, 4, 5, 6, 7]);
  });
});
