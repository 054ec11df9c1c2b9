import { deepEqual, equal } from "node:assert/strict";
import { afterEach, describe, test, vi } from "vitest";
import type { Message, Signed } from "../core/messages.ts";
import { type Coalesce, HttpTransports } from "./http-transport.ts";
import { type Destination, type Parcel, PostOffice } from "./post-office.ts";
import { Tally } from "./tally.ts";

afterEach(() => void vi.restoreAllMocks());

const turn = () => new Promise((resolve) => setImmediate(resolve));

const letter = (from: string, kind: string): Signed<Message> => ({
  from,
  message: { kind },
  signature: "",
});

/** r1 and r2 live in one process with a client, r3 in another; r9 lives nowhere. */
const addresses = new Map([
  ["r1", { origin: "http://one:1", path: "/messages", host: "one" }],
  ["r2", { origin: "http://one:2", path: "/messages", host: "one" }],
  ["c0", { origin: "http://one:1", path: "/clients/c0/messages", host: "one" }],
  ["r3", { origin: "http://two:3", path: "/messages", host: "two" }],
]);

/** What would be posted, and for whom. */
function setUp(coalesce: Coalesce) {
  const office = new PostOffice();
  const posted: { readonly to: Destination; readonly parcel: Parcel }[] = [];
  vi.spyOn(office, "post").mockImplementation((to, parcel) => void posted.push({ to, parcel }));
  const transports = new HttpTransports({
    office,
    coalesce,
    addressOf: (id) => addresses.get(id),
    originOf: (host) => (host === "two" ? "http://two:4" : undefined),
    isControl: (kind) => kind === "beat",
  });
  const tallies = { r0: new Tally(), r4: new Tally() };
  const senders = {
    r0: transports.transportOf(tallies.r0),
    r4: transports.transportOf(tallies.r4),
  };
  const send = (from: "r0" | "r4", to: string, signed: Signed<Message>) =>
    senders[from].send(from, to, signed);
  const bodies = () =>
    posted.map(({ to, parcel }) => [`${to.origin}${to.path}`, JSON.parse(parcel.body.toString())]);
  return { send, posted, bodies, tallies };
}

describe("none: each message has its post", () => {
  test("and leaves at once", () => {
    const { send, bodies } = setUp("none");
    const [a, b] = [letter("r0", "a"), letter("r0", "b")];
    send("r0", "r1", a);
    send("r0", "r1", b);
    send("r0", "c0", b);
    deepEqual(bodies(), [
      ["http://one:1/messages", a],
      ["http://one:1/messages", b],
      ["http://one:1/clients/c0/messages", b],
    ]);
  });

  test("a broadcast is encoded once", () => {
    const { send, posted } = setUp("none");
    const encode = vi.spyOn(JSON, "stringify");
    const signed = letter("r0", "a");
    for (const to of ["r1", "r2", "r3"]) send("r0", to, signed);
    equal(encode.mock.calls.length, 1);
    equal(new Set(posted.map(({ parcel }) => parcel.body)).size, 1);
  });

  test("a message to nobody is lost, and counted", () => {
    const { send, posted, tallies } = setUp("none");
    send("r0", "r9", letter("r0", "a"));
    equal(posted.length, 0);
    deepEqual(tallies.r0.toJSON().lostByReason, { "no address": 1 });
  });

  test("control messages do not count as under way", () => {
    const { send, posted } = setUp("none");
    send("r0", "r1", letter("r0", "beat"));
    send("r0", "r1", letter("r0", "a"));
    deepEqual(
      posted.map(({ parcel }) => parcel.counted),
      [0, 1],
    );
  });
});

describe("peer: what one sender has for one receiver in a turn shares a post", () => {
  test("in the order in which it was sent, each sender for itself", async () => {
    const { send, posted, bodies, tallies } = setUp("peer");
    const [a, b, beat, c] = ["a", "b", "beat", "c"].map((kind) => letter("r0", kind));
    const other = letter("r4", "a");
    if (a === undefined || b === undefined || beat === undefined || c === undefined) return;
    send("r0", "r1", a);
    send("r0", "r2", a);
    send("r4", "r1", other);
    send("r0", "r1", b);
    send("r0", "r1", beat);
    send("r0", "c0", c);
    equal(posted.length, 0);
    equal(tallies.r0.underWay, 4);
    await turn();
    deepEqual(bodies(), [
      ["http://one:1/messages", [a, b, beat]],
      ["http://one:2/messages", a],
      ["http://one:1/clients/c0/messages", c],
      ["http://one:1/messages", other],
    ]);
    const [first] = posted;
    deepEqual([first?.parcel.messages, first?.parcel.counted], [3, 2]);
    // From here on the posts count it, which are not really sent here.
    equal(tallies.r0.underWay, 0);
  });
});

describe("host: what is for one process in a turn shares a post", () => {
  test("with the name of its receiver beside each message", async () => {
    const { send, posted, bodies } = setUp("host");
    const [a, b] = [letter("r0", "a"), letter("r4", "b")];
    send("r0", "r1", a);
    send("r4", "r2", b);
    send("r4", "c0", b);
    send("r4", "r3", b);
    equal(posted.length, 0);
    await turn();
    deepEqual(bodies(), [
      [
        "http://one:1/relay",
        [
          ["r1", a],
          ["r2", b],
          ["c0", b],
        ],
      ],
      ["http://two:4/relay", [["r3", b]]],
    ]);
    await turn();
    equal(posted.length, 2);
  });
});
