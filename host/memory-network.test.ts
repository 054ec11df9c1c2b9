import { deepEqual, equal } from "node:assert/strict";
import { test, vi } from "vitest";
import type { Message, Signed } from "../core/messages.ts";
import { MemoryNetwork } from "./memory-network.ts";
import type { Receiver } from "./receiver.ts";
import { Tally } from "./tally.ts";
import { WallClock } from "./time.ts";

const turn = () => new Promise((resolve) => setImmediate(resolve));

const letter = (kind: string): Signed<Message> => ({
  from: "r0",
  message: { kind },
  signature: "",
});

/** Notes what it is told. */
function listener(id: string, admit: Receiver["admit"] = () => undefined) {
  const heard: string[] = [];
  const receiver: Receiver = {
    id,
    isUp: true,
    admit,
    handle: ({ message }) => {
      heard.push(message.kind);
      return true;
    },
  };
  return { heard, receiver };
}

function networkOf(...receivers: readonly Receiver[]) {
  const network = new MemoryNetwork({
    time: new WallClock(),
    isControl: (kind) => kind === "beat",
  });
  for (const receiver of receivers) network.attach(receiver);
  const tally = new Tally();
  return { transport: network.transportOf(tally), tally };
}

test("messages arrive in order, and never inside of the sender's call", async () => {
  const { heard, receiver } = listener("r1");
  const { transport, tally } = networkOf(receiver);
  for (const kind of ["a", "b", "c"]) transport.send("r0", "r1", letter(kind));
  deepEqual(heard, []);
  equal(tally.underWay, 3);
  await turn();
  deepEqual(heard, ["a", "b", "c"]);
  equal(tally.underWay, 0);
});

test("what is sent while others are handled arrives in a later turn", async () => {
  const heard: string[] = [];
  const { transport } = networkOf({
    id: "r1",
    isUp: true,
    admit: () => undefined,
    handle: ({ message }) => {
      heard.push(message.kind);
      if (message.kind === "ask") transport.send("r1", "r1", letter("answer"));
      return true;
    },
  });
  transport.send("r0", "r1", letter("ask"));
  await turn();
  deepEqual(heard, ["ask"]);
  await turn();
  deepEqual(heard, ["ask", "answer"]);
});

test("who is down, or was never there, loses messages, and that is counted", async () => {
  const { heard, receiver } = listener("r1", () => "down");
  const { transport, tally } = networkOf(receiver);
  transport.send("r0", "r1", letter("a"));
  transport.send("r0", "r9", letter("a"));
  await turn();
  deepEqual(heard, []);
  deepEqual(tally.toJSON().lostByReason, { "nobody there": 2 });
});

test("what is refused at the door is not lost: its receiver counts it", async () => {
  const { heard, receiver } = listener("r1", () => "bad signature");
  const { transport, tally } = networkOf(receiver);
  transport.send("r0", "r1", letter("a"));
  await turn();
  deepEqual(heard, []);
  equal(tally.lost, 0);
});

test("control messages are not counted as under way", () => {
  const { transport, tally } = networkOf(listener("r1").receiver);
  transport.send("r0", "r1", letter("beat"));
  equal(tally.underWay, 0);
});

test("a network that delays, doubles and loses is obeyed", async () => {
  vi.useFakeTimers();
  try {
    const { heard, receiver } = listener("r1");
    const fates: Record<string, readonly number[]> = { late: [20], twice: [5, 10], lost: [] };
    const network = new MemoryNetwork({
      time: new WallClock(),
      isControl: () => false,
      delays: (_from, _to, { kind }) => fates[kind] ?? [0],
    });
    network.attach(receiver);
    const tally = new Tally();
    const { send } = network.transportOf(tally);
    for (const kind of ["late", "twice", "lost", "now"]) send("r0", "r1", letter(kind));
    await vi.advanceTimersByTimeAsync(0);
    deepEqual(heard, ["now"]);
    equal(tally.underWay, 3);
    await vi.advanceTimersByTimeAsync(30);
    deepEqual(heard, ["now", "twice", "twice", "late"]);
    deepEqual(tally.toJSON().lostByReason, { "lost by the network": 1 });
  } finally {
    vi.useRealTimers();
  }
});
