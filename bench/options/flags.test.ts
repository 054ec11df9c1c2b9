import { deepEqual, equal, throws } from "node:assert/strict";
import { describe, test } from "vitest";
import { UsageError } from "../../core/assert.ts";
import { clusterKnobs, loadKnobs, optionsFor, readFlags, singleChoice } from "./flags.ts";
import { knobNames } from "./knobs.ts";

const all = [...clusterKnobs, "disk", ...loadKnobs] as const;

const good = [
  ["one protocol", { protocol: "pbft" }, { protocol: ["pbft"] }],
  ["several, at commas", { protocol: "pbft,ccro" }, { protocol: ["pbft", "ccro"] }],
  ["several, one by one", { n: ["4", "7"] }, { n: [4, 7] }],
  ["both ways, with spaces", { n: ["4, 7", "16"] }, { n: [4, 7, 16] }],
  ["one fault", { fault: "malicious@1" }, { fault: ["malicious@1"] }],
  [
    "faults at the same time",
    { fault: ["malicious@1", "delay@r2"] },
    { fault: ["malicious@1;delay@r2"] },
  ],
  ["a fault with commas", { fault: "dark(r1,r2)@r3" }, { fault: ["dark(r1,r2)@r3"] }],
  ["a network with commas", { network: "delay=20ms,loss=1%" }, { network: ["delay=20ms,loss=1%"] }],
  ["a time in ms", { timeout: "750" }, { timeout: 750 }],
  ["a time in seconds", { timeout: "1.5s" }, { timeout: 1500 }],
  ["a time in minutes", { duration: "2min" }, { duration: 120_000 }],
  ["nothing", {}, {}],
] as const;

for (const [what, argv, expected] of good) {
  test(`${what}: ${JSON.stringify(argv)} is understood`, () => {
    const choice = readFlags(argv, all);
    deepEqual(JSON.parse(JSON.stringify(choice)), expected);
  });
}

describe("a bad value is one sentence with the flag, the value and what is allowed", () => {
  const bad = [
    [{ protocol: "pfbt" }, /^--protocol must be .*pbft.*, not "pfbt": did you mean pbft\?$/],
    [{ protocol: "pbft,raft" }, /^--protocol must be .*, not "raft"$/],
    [{ n: "four" }, /^--n must be a whole number from 1 to 1000, not "four"$/],
    [{ n: "0" }, /^--n must be a whole number from 1 to 1000, not 0$/],
    [{ n: "-1" }, /not -1$/],
    [{ n: "4.5" }, /^--n must be a whole number.*not 4\.5$/],
    [{ n: "1001" }, /not 1001$/],
    [{ n: "" }, /^--n must be a whole number.*not ""$/],
    [{ n: "4,,7" }, /not ""$/],
    [{ n: "1e3" }, /not "1e3"$/],
    [{ n: "0x10" }, /not "0x10"$/],
    [{ f: "-1" }, /^--f must be a whole number from 0 to 300, not -1$/],
    [{ domains: "none" }, /^--domains must be a whole number/],
    [{ fault: "" }, /^--fault must be MODE.*not ""$/],
    [
      { transport: "htp" },
      /^--transport must be http, memory or simulated, not "htp": did you mean http\?$/,
    ],
    [{ place: "cloud" }, /^--place must be in-process, processes or hosts, not "cloud"$/],
    [{ auth: "rsa" }, /^--auth must be ed25519 or none, not "rsa"$/],
    [{ network: "" }, /^--network must not be empty, not ""$/],
    [{ service: "sql" }, /^--service must be kv, bank or echo, not "sql"$/],
    [{ batch: "0" }, /^--batch must be a whole number from 1 to 10000, not 0$/],
    [{ coalesce: "all" }, /^--coalesce must be none, peer or host, not "all"$/],
    [{ disk: "ssd" }, /^--disk must be none or log, not "ssd"$/],
    [
      { timeout: "soon" },
      /^--timeout must be a time above 0 such as 500 \(ms\), 500ms, 2s or 1min, not "soon"$/,
    ],
    [{ timeout: "0s" }, /^--timeout must be a time.*not "0s"$/],
    [{ timeout: "-5" }, /^--timeout must be a time.*not -5$/],
    [{ duration: "10h" }, /^--duration must be a time.*not "10h"$/],
    [{ checkpoint: "0" }, /^--checkpoint must be a whole number from 1 to 1000000, not 0$/],
    [{ trust: "print" }, /^--trust must be cumulative or printed, not "print"$/],
    [{ seed: "x" }, /^--seed must be a whole number from 0 to 2147483647, not "x"$/],
    [{ seed: "99999999999" }, /not 99999999999$/],
    [{ requests: "0" }, /^--requests must be a whole number from 1 to 1000000, not 0$/],
    [{ warmup: "-1" }, /^--warmup must be a whole number/],
    [{ repetitions: "0" }, /^--repetitions must be a whole number/],
    [{ clients: "0" }, /^--clients must be a whole number/],
    [{ payload: "1e9" }, /^--payload must be a whole number/],
    [{ patience: "0" }, /^--patience must be a whole number/],
    [{ seed: ["1", "2"] }, /^--seed is given 2 times$/],
    [
      { rate: "fast" },
      /^--rate must be a number of requests per second from 0 to 100000, not "fast"$/,
    ],
    [{ rate: "-1" }, /not -1$/],
    [
      { arrivals: "bursts" },
      /^--arrivals must be poisson, ramp or burst, not "bursts": did you mean burst\?$/,
    ],
    [
      { warmup: "stable" },
      /^--warmup must be a whole number from 0 to 100000, or steady, not "stable"$/,
    ],
  ] as const;
  for (const [argv, sentence] of bad) {
    test(JSON.stringify(argv), () => {
      throws(
        () => readFlags(argv, all),
        (error) => {
          equal(error instanceof UsageError, true);
          equal(sentence.test((error as Error).message), true, (error as Error).message);
          return true;
        },
      );
    });
  }

  test("every knob that has a flag is in a row above", () => {
    const tried = new Set(bad.flatMap(([argv]) => Object.keys(argv)));
    deepEqual(
      all.filter((name) => !tried.has(name)),
      [],
    );
  });
});

test("every knob has a flag, and help with a default where there is one", () => {
  deepEqual([...all].sort(), [...knobNames].sort());
  const options = optionsFor(all);
  equal(options["payload"]?.describe, "bytes of payload in a request");
  equal(options["payload"]?.defaultDescription, "64");
});

test("a command for one cell says so when it is given two", () => {
  throws(
    () => singleChoice({ protocol: ["pbft", "ccro"] }, "round"),
    /^UsageError: round takes one --protocol, not 2: pbft,ccro$/,
  );
});
