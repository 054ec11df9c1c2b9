import { deepEqual, equal } from "node:assert/strict";
import { beforeEach, describe, test } from "vitest";
import { hostOptionsOf } from "../bench/clusters/assembly.ts";
import { sampleSpec } from "../bench/clusters/sample-spec.ts";
import { type Request, requestText, type Signed } from "../core/messages.ts";
import { sequencer } from "../test-support/sequencer.ts";
import type { HostOptions } from "./host.ts";
import type { Participant } from "./participant.ts";
import { createMember } from "./resident.ts";
import { WallClock } from "./time.ts";

let options: HostOptions;
let r0: Participant;
let sent: string[];

beforeEach(() => {
  const malicious = { mode: "malicious", args: [], nodes: ["r0"], fromMs: 0 };
  const spec = {
    ...sampleSpec("pbft", 1, { faults: [{ ...malicious, untilMs: Number.POSITIVE_INFINITY }] }),
    protocol: sequencer,
    n: 1,
  };
  options = hostOptionsOf(spec, { time: new WallClock(), firstTimestamp: () => 1 });
  sent = [];
  r0 = createMember(options, "r0", () => ({
    send: (_from, to, { message }) => void sent.push(`${message.kind} to ${to}`),
  })).participant;
});

/** As c0 would send it. */
function request(timestamp: number): Signed<Request> {
  const message: Request = { kind: "request", operation: '"a"', timestamp, client: "c0" };
  const signature = options.keyring.cryptoOf("c0").sign(requestText(message));
  return { from: "c0", message, signature };
}

function hear(timestamp: number): void {
  const signed = request(timestamp);
  equal(r0.admit(signed), undefined);
  equal(r0.handle(signed), true);
}

describe("while it is down", () => {
  test("it admits nobody, handles nothing, shows nothing", () => {
    equal(r0.isUp, false);
    equal(r0.admit(request(1)), "down");
    equal(r0.handle(request(1)), false);
    equal(r0.status(), undefined);
    equal(r0.log(0, 9), undefined);
    equal(r0.view(), undefined);
  });
});

describe("over several lives", () => {
  beforeEach(() => {
    r0.start();
    hear(1);
    hear(2);
  });

  test("what it counted, delivered and lied about adds up", () => {
    r0.stop();
    r0.start();
    hear(3);
    const view = r0.view();
    equal(view?.counters.received["request"], 3);
    equal(view?.counters.sent["reply"], sent.filter((one) => one === "reply to c0").length);
    deepEqual(
      view?.deliveries.map(({ slot }) => slot),
      // The disk is there, so the second life begins by executing what the first one wrote.
      [1, 2, 1, 2, 3],
    );
    const [witness] = view?.witnesses ?? [];
    equal(witness?.fault, "malicious");
    equal(witness?.fired, sent.length);
    deepEqual(witness?.roles, ["primary"]);
  });

  test("without its disk a life begins from nothing", () => {
    r0.stop({ losesDisk: true });
    r0.start();
    equal(r0.status()?.slot, 0);
  });

  test("with its disk it goes on where it was", () => {
    r0.stop();
    r0.start();
    equal(r0.status()?.slot, 2);
  });

  test("starting again changes nothing", () => {
    r0.start();
    equal(r0.status()?.slot, 2);
    equal(r0.counters.received["request"], 2);
  });

  test("whoever knows the first deliveries is told the others", () => {
    deepEqual(
      r0.view(1)?.deliveries.map(({ slot }) => slot),
      [2],
    );
  });

  test("a message under a wrong signature is refused, and counted", () => {
    equal(r0.admit({ ...request(3), signature: "" }), "bad signature");
    equal(r0.admit({ ...request(3), from: "c99" }), "unknown sender");
    deepEqual(r0.counters.refused, { "bad signature": 1, "unknown sender": 1 });
  });
});
