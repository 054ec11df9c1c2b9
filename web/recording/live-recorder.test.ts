import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "vitest";
import { protocolNamed } from "../../bench/protocols.ts";
import { tallyAt } from "./at-step.ts";
import { LiveRecorder } from "./live-recorder.ts";
import { stateAt } from "./recording.ts";

const members = ["r0", "r1", "r2", "r3"].map((id) => ({ id, role: "backup" }));
const create = (keeps: number) =>
  new LiveRecorder({ protocol: protocolNamed("pbft"), n: 4, service: "bank", members, keeps });

const envelope = (slot: number) => ({
  from: "r1",
  message: { kind: "prepare", sequence: slot },
  signature: `of ${slot}`,
});

/** r1 says something to r2, who hears it a moment later and executes. */
function tellRound(recorder: LiveRecorder, slot: number): void {
  const at = { atMs: 1000 + slot };
  recorder.hear("sent", { node: "r1", ...at, detail: { to: "r2", envelope: envelope(slot) } });
  recorder.hear("received", { node: "r2", ...at, detail: { envelope: envelope(slot) } });
  const operation = JSON.stringify({ account: "A", amount: 1, op: "deposit" });
  const delivery = { slot, view: 0, executed: [{ client: "c0", operation }], history: "" };
  recorder.hear("deliver", { node: "r2", ...at, detail: { delivery } });
}

test("a recording of hours holds the newest messages, and says how many it forgot", () => {
  const recorder = create(100);
  for (let slot = 1; slot <= 1000; slot += 1) {
    tellRound(recorder, slot);
    const { messages, steps } = recorder.recording();
    ok(messages.length <= 125, `${messages.length} messages`);
    ok(steps.length <= 3 * 125 + 1, `${steps.length} steps`);
  }
  const recording = recorder.recording();
  const { messages, steps, forgotten } = recording;
  equal((forgotten?.messages ?? 0) + messages.length, 1000);
  equal((forgotten?.steps ?? 0) + steps.length, 3000);
  deepEqual(
    messages.map(({ index }) => index),
    messages.map((_, index) => index),
  );
  deepEqual(
    steps.map(({ index }) => index),
    steps.map((_, index) => index),
  );
  for (const message of messages) {
    equal(steps[message.sentStep]?.message, message.index);
    equal(steps[message.endedStep ?? -1]?.kind, "received");
    equal(message.fate, "received");
  }
  equal(tallyAt(recording, steps.length).messages, messages.length);
  const held = (step: number) => JSON.stringify(stateAt(recording, "r2", step)?.holds);
  match(held(steps.length), /"A":1010\b/);
  const [first] = messages;
  const slot = 1000 - messages.length;
  equal(first?.signature, `of ${slot + 1}`);
  match(held(0), new RegExp(`"A":${10 + slot}\\b`));
});

test("what arrives after it was forgotten is one more message, and no other's arrival", () => {
  const recorder = create(4);
  recorder.hear("sent", { node: "r1", atMs: 1, detail: { to: "r3", envelope: envelope(0) } });
  for (let slot = 1; slot <= 20; slot += 1) {
    tellRound(recorder, slot);
    recorder.recording();
  }
  const before = recorder.recording().messages.length;
  recorder.hear("received", { node: "r3", atMs: 2000, detail: { envelope: envelope(0) } });
  const { messages } = recorder.recording();
  const last = messages.at(-1);
  deepEqual([last?.to, last?.fate, last?.isCopy], ["r3", "received", false]);
  ok(messages.length <= before + 1);
});

test("a node that enters a new view is in it, also when it has nothing new to execute", () => {
  const recorder = create(100);
  tellRound(recorder, 1);
  const mark = { name: "new view", view: 1 };
  recorder.hear("mark", { node: "r2", atMs: 2000, detail: { mark } });
  const recording = recorder.recording();
  const viewAt = (step: number) => stateAt(recording, "r2", step)?.status?.view;
  deepEqual([viewAt(recording.steps.length - 2), viewAt(recording.steps.length - 1)], [0, 1]);
});
