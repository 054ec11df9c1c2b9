import { deepEqual, equal } from "node:assert/strict";
import { test } from "vitest";
import type { Message, Signed } from "../core/messages.ts";
import { Inbox } from "./inbox.ts";

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const signed = (name: string, kind = "prepare"): Signed<Message> => ({
  from: name,
  message: { kind },
  signature: "",
});

/** An inbox, a receiver that notes what happens to it, and a post as a route takes it. */
function setUp() {
  const happened: string[] = [];
  const receiver = {
    id: "r0",
    isUp: true,
    admit: () => undefined,
    handle: ({ from }: Signed<Message>) => {
      happened.push(`handle ${from}`);
      return receiver.isUp;
    },
  };
  const inbox = new Inbox((kind) => kind === "heartbeat");
  const post = async (name: string, kind?: string) => {
    await inbox.arrivals();
    happened.push(`admit ${name}`);
    inbox.put(receiver, signed(name, kind));
    await Promise.resolve();
    happened.push(`answer ${name}`);
  };
  return { inbox, receiver, happened, post };
}

test("what arrives in one turn is admitted in one go and answered, in order, before any of it is handled", async () => {
  const { happened, post } = setUp();
  const posts: Promise<void>[] = [];
  for (const name of ["a", "b", "c"]) {
    posts.push(post(name));
    // Reading goes on: the next body is there a little later in the same turn.
    for (let wait = 0; wait < 5; wait += 1) await Promise.resolve();
  }
  deepEqual(happened, []);
  await Promise.all(posts);
  const steps = (verb: string) => ["a", "b", "c"].map((name) => `${verb} ${name}`);
  deepEqual(happened, [...steps("admit"), ...steps("answer")]);
  await nextTurn();
  deepEqual(happened.slice(6), steps("handle"));
});

test("what arrives while others are admitted has a turn of its own", async () => {
  const { happened, post } = setUp();
  const first = post("a");
  await nextTurn();
  const second = post("b");
  await Promise.all([first, second]);
  await nextTurn();
  await nextTurn();
  deepEqual(happened, ["admit a", "answer a", "handle a", "admit b", "answer b", "handle b"]);
});

test("what waits to be handled is counted, control messages are not, and what comes too late is lost", async () => {
  const { inbox, receiver, post } = setUp();
  await Promise.all([post("a"), post("b", "heartbeat")]);
  equal(inbox.waiting, 1);
  receiver.isUp = false;
  await nextTurn();
  equal(inbox.waiting, 0);
  equal(inbox.lost, 2);
});
