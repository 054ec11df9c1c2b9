import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, test } from "vitest";
import { PostOffice, usualPostOffice } from "./post-office.ts";
import { noTraffic, untilQuiet, wholeTruth } from "./quiet.ts";
import { Tally } from "./tally.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ server: Server; origin: string }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    return closed;
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const answer =
  (status: number): RequestListener =>
  (incoming, outgoing) => {
    incoming.resume();
    incoming.on("end", () => outgoing.writeHead(status).end());
  };

function open(options: Partial<typeof usualPostOffice> = {}) {
  const office = new PostOffice({ ...usualPostOffice, ...options });
  closing.push(() => office.close());
  const tally = new Tally();
  const post = (origin: string, text = "{}") =>
    office.post({ origin, path: "/" }, { body: Buffer.from(text), messages: 1, counted: 1, tally });
  return { office, tally, post };
}

/** Every post has ended somehow. */
const settled = (tally: Tally) =>
  untilQuiet(async () => ({ ...noTraffic, underWay: tally.underWay }), 10_000, wholeTruth);

test("posts and the bytes of their bodies are counted; what arrives is not lost", async () => {
  const { origin } = await serve(answer(202));
  const { tally, post } = open();
  post(origin, "{}");
  post(origin, "[1,2]");
  equal(tally.underWay, 2);
  ok(await settled(tally));
  const { posts, bytes, lost } = tally.toJSON();
  deepEqual({ posts, bytes, lost }, { posts: 2, bytes: 7, lost: 0 });
});

test("hundreds of posts share one connection", async () => {
  const { server, origin } = await serve(answer(202));
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  const { tally, post } = open();
  for (let count = 0; count < 300; count += 1) post(origin);
  ok(await settled(tally));
  equal(connections, 1);
  equal(tally.lost, 0);
});

test("posts to a port that refuses are lost, each of them, and the next ones, too", async () => {
  const { server, origin } = await serve(answer(202));
  await new Promise((resolve) => server.close(resolve));
  const { tally, post } = open();
  for (const round of [1, 2, 3]) {
    for (let count = 0; count < 50; count += 1) post(origin);
    ok(await settled(tally));
    deepEqual(tally.toJSON().lostByReason, { "connection refused": 50 * round });
  }
});

test("who comes back is heard again", async () => {
  const { server, origin } = await serve(answer(202));
  const { port } = server.address() as AddressInfo;
  const { tally, post } = open();
  post(origin);
  ok(await settled(tally));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  post(origin);
  ok(await settled(tally));
  equal(tally.lost, 1);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  for (let count = 0; count < 5; count += 1) post(origin);
  ok(await settled(tally));
  equal(tally.lost, 1);
});

test("posts whose connection is cut are lost", async () => {
  const { origin } = await serve((incoming) => incoming.socket.destroy());
  const { tally, post } = open();
  for (let count = 0; count < 30; count += 1) post(origin);
  ok(await settled(tally));
  deepEqual(tally.toJSON().lostByReason, { "connection reset": 30 });
});

test("what is turned away at the door is told apart from what is lost", async () => {
  const statuses = [401, 202, 413, 401];
  const { origin } = await serve((incoming, outgoing) =>
    answer(statuses.shift() ?? 500)(incoming, outgoing),
  );
  const { tally, post } = open();
  for (let count = 0; count < 4; count += 1) post(origin);
  ok(await settled(tally));
  const { lostByReason, turnedAwayByStatus } = tally.toJSON();
  deepEqual(lostByReason, { "status 413": 1 });
  deepEqual(turnedAwayByStatus, { 401: 2 });
});

test("whoever does not answer in time loses the post", async () => {
  const { origin } = await serve(() => {});
  const { tally, post } = open({ timeoutMs: 10 });
  post(origin);
  ok(await settled(tally));
  deepEqual(tally.toJSON().lostByReason, { "timed out": 1 });
});

test("what is too much to wait is lost at once", async () => {
  const { origin } = await serve(answer(202));
  const { tally, post } = open({ mostWaiting: 3 });
  for (let count = 0; count < 5; count += 1) post(origin);
  equal(tally.lost, 2);
  ok(await settled(tally));
  deepEqual(tally.toJSON().lostByReason, { "too many waiting": 2 });
});

test("what is under way when the sender closes is lost", async () => {
  const { origin } = await serve(() => {});
  const { office, tally, post } = open();
  for (let count = 0; count < 20; count += 1) post(origin);
  await office.close();
  ok(await settled(tally));
  equal(tally.lost, 20);
});
