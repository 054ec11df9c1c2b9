import { equal, notEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { type Reply, type Request, replyText, requestDigest, requestText } from "./messages.ts";

const id = fc.constantFrom("c0", "c1", "r0", "r10");
const number = fc.oneof(fc.nat({ max: 20 }), fc.maxSafeNat());
const text = fc.oneof(fc.constantFrom("1", "1|2", "|", "", '"a|b"'), fc.string());

const requests = fc.record({
  kind: fc.constant("request" as const),
  operation: text,
  timestamp: number,
  client: id,
});

const replies = fc.record({
  kind: fc.constant("reply" as const),
  view: number,
  sequence: number,
  timestamp: number,
  client: id,
  replica: id,
  result: text,
});

const isEqual = (a: Request | Reply, b: Request | Reply) => JSON.stringify(a) === JSON.stringify(b);

describe("what a signature covers", () => {
  test("two requests share a text only if they are equal", () => {
    fc.assert(
      fc.property(requests, requests, (a, b) => {
        equal(requestText(a) === requestText(b), isEqual(a, b));
      }),
    );
  });

  test("two replies share a text only if they are equal", () => {
    fc.assert(
      fc.property(replies, replies, (a, b) => {
        equal(replyText(a) === replyText(b), isEqual(a, b));
      }),
    );
  });

  test("every field of a request and of a reply counts", () => {
    fc.assert(
      fc.property(requests, replies, (request, reply) => {
        notEqual(
          requestText({ ...request, timestamp: request.timestamp + 1 }),
          requestText(request),
        );
        notEqual(
          requestText({ ...request, operation: `${request.operation}x` }),
          requestText(request),
        );
        notEqual(requestText({ ...request, client: "c2" }), requestText(request));
        for (const field of ["view", "sequence", "timestamp"] as const) {
          notEqual(replyText({ ...reply, [field]: reply[field] + 1 }), replyText(reply));
        }
        for (const field of ["client", "replica"] as const) {
          notEqual(replyText({ ...reply, [field]: "r2" }), replyText(reply));
        }
        notEqual(replyText({ ...reply, result: `${reply.result}x` }), replyText(reply));
      }),
    );
  });

  test("no request has the text of a reply", () => {
    fc.assert(
      fc.property(requests, replies, (request, reply) => {
        notEqual(requestText(request), replyText(reply));
      }),
    );
  });
});

test("a request is named by the digest of its text", () => {
  const request: Request = { kind: "request", operation: "1", timestamp: 2, client: "c0" };
  equal(
    requestDigest(request, (text) => `#${text}`),
    "#request|c0|2|1",
  );
});
