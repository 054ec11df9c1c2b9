/** A scripted liar quotes what really reached it, and nothing else. */

import { deepEqual } from "node:assert/strict";
import { test } from "vitest";
import type { Message, Signed } from "../core/messages.ts";
import { Heard, unheard } from "./heard.ts";
import type { SayEvent, Schedule } from "./schedule.ts";

const vote = (from: string, digest: string): Signed<Message> => ({
  from,
  message: { kind: "vote", height: 1, digest, node: from } as Message,
  signature: `signed by ${from}`,
});

const script: SayEvent = {
  kind: "say",
  node: "r3",
  atMs: 5,
  to: ["r1"],
  says: {
    kind: "proof",
    digest: "a",
    proof: {
      of: 1,
      votes: [{ node: "r9", signature: "x" }, { heard: { kind: "vote", digest: "a" } }],
    },
  },
};
const schedule: Schedule = {
  protocol: "any",
  n: 4,
  seed: 1,
  clients: 1,
  settings: { batch: 1, timeoutMs: 100, checkpointInterval: 128 },
  delayMs: [1, 1],
  twins: [],
  healedAtMs: 10,
  endsAtMs: 20,
  events: [script],
};
const written = { node: "r9", signature: "x" };

test("signatures on equal words, each sender once, in the place of the quotation", () => {
  const heard = new Heard(schedule);
  const observer = heard.observer();
  observer.received?.("r3", vote("r1", "a"), 1);
  observer.received?.("r3", vote("r2", "b"), 1);
  observer.received?.("r3", vote("r1", "a"), 2);
  observer.received?.("r3", vote("r0", "a"), 3);
  observer.received?.("r2", vote("r2", "a"), 3);
  deepEqual(heard.said(script), {
    kind: "proof",
    digest: "a",
    proof: {
      of: 1,
      votes: [
        written,
        { node: "r1", signature: "signed by r1" },
        { node: "r0", signature: "signed by r0" },
      ],
    },
  });
});

test("nothing heard, nothing quoted; what is written stands", () => {
  const said = { kind: "proof", digest: "a", proof: { of: 1, votes: [written] } };
  deepEqual(new Heard(schedule).said(script), said);
  deepEqual(unheard(script), said);
});
