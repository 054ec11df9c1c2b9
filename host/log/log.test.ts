import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { EventHub } from "../event-hub.ts";
import { parseLevels, silence } from "./levels.ts";
import { NodeLog } from "./node-log.ts";

const parse = (text: string) => parseLevels(text, "QUORUMLAB_LOG");

const read = [
  ["", silence],
  ["info", { node: "info", protocol: "info", messages: "info", http: "info" }],
  ["protocol=debug, http=warn", { ...silence, protocol: "debug", http: "warn" }],
  ["warn,messages=trace", { node: "warn", protocol: "warn", messages: "trace", http: "warn" }],
] as const;

for (const [text, levels] of read) {
  test(`${JSON.stringify(text)} are levels`, () => {
    deepEqual(parse(text), levels);
  });
}

const refused = [
  [
    "loud",
    /^QUORUMLAB_LOG: "loud" is not a level, which is silent, error, warn, info, debug or trace/,
  ],
  ["protocl=info", /"protocl" is not a component.*did you mean protocol/],
  ["http=debgu", /"debgu" is not a level.*did you mean debug/],
] as const;

for (const [text, message] of refused) {
  test(`${JSON.stringify(text)} are none, and that is said`, () => {
    throws(() => parse(text), { name: "UsageError", message });
  });
}

/** The log of a node to which things happen. */
function logged(levels: string, happen: (log: NodeLog, events: EventHub) => void) {
  const lines: string[] = [];
  const log = new NodeLog("r1", parse(levels), { write: (line: string) => lines.push(line) });
  const events = new EventHub();
  log.follow(events);
  happen(log, events);
  return lines.map((line) => {
    const { node, component, level, msg } = JSON.parse(line);
    return [node, component, level, msg].join(" ");
  });
}

const [info, debug, trace, warn] = [30, 20, 10, 40];

function everything(log: NodeLog, events: EventHub): void {
  const tell = (name: string, detail: unknown) =>
    events.tell({ name, node: "r1", atMs: 5, detail });
  log.listening("http://127.0.0.1:1");
  tell("mark", { mark: { name: "committed", view: 0 } });
  tell("mark", { mark: { name: "view change", view: 1 } });
  tell("reject", { from: "r2", objection: "another view" });
  tell("deliver", { delivery: {} });
  tell("sent", { to: "r2" });
  tell("crash", { losesDisk: false });
  log.refused({ status: 400, code: "bad-request", message: "no" });
  log.answered("GET", "/status", 200, 1.5);
  log.answered("POST", "/messages", 202, 0.5);
}

const said = [
  ["", []],
  ["node=info", [`r1 node ${info} listening`, `r1 node ${info} crash`]],
  ["protocol=info", [`r1 protocol ${info} view change`, `r1 protocol ${warn} refused a message`]],
  [
    "protocol=debug",
    [
      `r1 protocol ${debug} committed`,
      `r1 protocol ${info} view change`,
      `r1 protocol ${warn} refused a message`,
      `r1 protocol ${debug} deliver`,
    ],
  ],
  ["messages=trace", [`r1 messages ${trace} sent`]],
  ["http=warn", [`r1 http ${warn} not taken`]],
  ["http=debug", [`r1 http ${warn} not taken`, `r1 http ${debug} answered`]],
  [
    "http=trace",
    [`r1 http ${warn} not taken`, `r1 http ${debug} answered`, `r1 http ${trace} answered`],
  ],
] as const;

describe("a node's log", () => {
  for (const [levels, lines] of said) {
    test(`at ${JSON.stringify(levels)} says ${lines.length} things`, () => {
      deepEqual(logged(levels, everything), lines);
    });
  }

  test("that says nothing of the protocol does not make anybody collect events", () => {
    logged("http=debug", (_, events) => equal(events.isWatched, false));
    logged("", (_, events) => equal(events.isWatched, false));
    logged("protocol=info", (_, events) => equal(events.isWatched, true));
  });
});
