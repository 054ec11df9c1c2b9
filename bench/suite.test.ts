import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { modes } from "../faults/modes.ts";
import { mostFaulty } from "./expectations.ts";
import { cellsOf } from "./experiment.ts";
import { parseSuite, readSuite, suiteJsonSchema, suiteNames } from "./suite.ts";

const parse = (text: string) => parseSuite(text, "my.yaml");

test("lists span a grid", () => {
  const suite = parse("protocol: [pbft, ccro]\nn: [4, 7]\nfault: [none, malicious@1]\n");
  const cells = cellsOf(suite.grids, {});
  deepEqual(
    cells.map(({ name }) => name),
    [
      "pbft n=4",
      "ccro n=4",
      "pbft n=4 malicious@1",
      "ccro n=4 malicious@1",
      "pbft n=7",
      "ccro n=7",
      "pbft n=7 malicious@1",
      "ccro n=7 malicious@1",
    ],
  );
});

test("cases name single cells, and share what stands at the top", () => {
  const suite = parse(
    "protocol: pbft\nrequests: 3\nf: 2\ncases:\n  - {case: small, n: 4}\n  - {n: 7, requests: 9}\n",
  );
  deepEqual(
    cellsOf(suite.grids, {}).map(({ name, groups, requests }) => [name, groups, requests]),
    [
      ["pbft n=4", ["small"], 3],
      ["pbft n=7", ["equal n = 7"], 9],
    ],
  );
});

test("a list inside of the list of faults is faults at the same time", () => {
  const suite = parse("n: 7\nfault: [none, [malicious@r1, delay@r2]]\n");
  deepEqual(
    cellsOf(suite.grids, {}).map(({ fault }) => fault),
    ["none", "malicious@r1;delay@r2"],
  );
});

test("JSON is a suite, too", () => {
  equal(cellsOf(parse('{"protocol": ["pbft"], "n": 4}').grids, {})[0]?.name, "pbft n=4");
});

describe("what is wrong is told with its line and what is allowed", () => {
  const rows = [
    ["protocl: pbft", "my.yaml:1: protocl is not a key of a suite: did you mean protocol?"],
    ["n: 4\nrequest: 3", "my.yaml:2: request is not a key of a suite: did you mean requests?"],
    ["n: 4\nxyzzy: 3", "my.yaml:2: xyzzy is not a key of a suite"],
    [
      "n: 4\ncases:\n  - n: 4\n    fautl: none",
      "my.yaml:4: fautl is not a key of a case: did you mean fault?",
    ],
    ["\nn: four", 'my.yaml:2: n must be a whole number from 1 to 1000, not "four"'],
    ["n:\n  - 4\n  - four", 'my.yaml:3: n must be a whole number from 1 to 1000, not "four"'],
    ["n: []", "my.yaml:1: n must not be an empty list, not []"],
    ["auth: rsa", 'my.yaml:1: auth must be ed25519 or none, not "rsa"'],
    [
      "transport: htp",
      'my.yaml:1: transport must be http, memory or simulated, not "htp": did you mean http?',
    ],
    ["cases: []", "my.yaml:1: cases must not be an empty list"],
    ["cases: 3", "my.yaml:1: cases must be a list of cases"],
    ["mustHold: maybe", "my.yaml:1: mustHold must be promised, all or none"],
    [
      "published: nowhere.csv",
      'my.yaml:1: published must be a file beside the suite, not "nowhere.csv"',
    ],
    ["- 1", "my.yaml:1: a suite must be a map of keys and values"],
    ["", "my.yaml:1: a suite must be a map of keys and values"],
    ["n: 4\nn: 7", "my.yaml:2: Map keys must be unique at line 2, column 1:"],
    ["n: [4", /^my\.yaml:1: Flow sequence in block collection must/],
    ["seed: [1, 2]", "my.yaml:1: seed must be a whole number from 0 to 2147483647, not [1,2]"],
  ] as const;
  for (const [text, sentence] of rows) {
    test(JSON.stringify(text), () => {
      throws(
        () => parse(text),
        (error) => {
          const { message } = error as Error;
          if (typeof sentence === "string") equal(message, sentence);
          else equal(sentence.test(message), true, message);
          return true;
        },
      );
    });
  }
});

test("a suite that is not there is told with those that are", () => {
  throws(
    () => readSuite("defualt"),
    /^UsageError: there is no suite defualt, neither shipped \(.*default.*\) nor as a file: did you mean default\?$/,
  );
});

for (const name of suiteNames()) {
  test(`the shipped suite ${name} makes cells`, () => {
    const cells = cellsOf(readSuite(name).grids, {});
    equal(cells.length >= 3, true);
    equal(new Set(cells.map((cell) => cell.name)).size, cells.length);
  });
}

test("seed's fourteen cells stand in the suite seed for PBFT and CCRO, and flood up to x = 10", () => {
  const cells = cellsOf(readSuite("seed").grids, {});
  const xs = [1, 5, 10, 15, 20, 25, 30];
  const expected = ["offline", "malicious"].flatMap((mode) =>
    xs.flatMap((x) =>
      [
        `pbft n=${3 * x + 1}`,
        `ccro n=${3 * x + 1}`,
        `ccro n=${3 * x + 3}`,
        ...(x <= 10 ? [`flood n=${3 * x + 1}`] : []),
      ].map((name) => `${name} ${mode}@${x}`),
    ),
  );
  deepEqual(cells.map(({ name }) => name).sort(), expected.sort());
});

const ccros = ["ccro", "ccro-certified", "ccro-safe"];

/** What has no meaning elsewhere. */
const onlySome: Readonly<Record<string, readonly string[]>> = {
  "spam-view-change": ["pbft", "ccro", "ccro-certified", "ccro-safe", "paxos"],
  // Nobody can say in advance who leads Paxos next.
  sleeper: ["pbft", ...ccros],
  silent: ccros,
  selective: ccros,
  misreport: ccros,
};

test("the suite faults has every mode in every protocol that can have it, in every role that has a choice", () => {
  const cells = cellsOf(readSuite("faults").grids, {});
  const has = (mode: string, protocol: string, who: string) =>
    cells.some(
      (cell) =>
        cell.protocol === protocol &&
        cell.fault.split(";").some((one) => one.startsWith(mode) && one.includes(`@${who}`)),
    );
  const everywhere = ["pbft", ...ccros, "paxos", "flood"];
  for (const { name } of modes) {
    for (const protocol of onlySome[name] ?? everywhere) ok(has(name, protocol, ""), name);
    if (onlySome[name] !== undefined) continue;
    for (const protocol of everywhere) ok(has(name, protocol, "commander"), `${name} ${protocol}`);
    for (const protocol of ccros) ok(has(name, protocol, "communication"), `${name} ${protocol}`);
  }
});

test("the suite load climbs in even steps, and dose goes past what each tolerates", () => {
  const rates = [...new Set(cellsOf(readSuite("load").grids, {}).map(({ rate }) => rate))];
  for (const [index, rate] of rates.entries()) {
    const before = rates[index - 1];
    if (before !== undefined) ok(Math.abs(rate / before - 1.3) < 0.02, String(rate));
  }
  for (const protocol of ["pbft", "ccro-safe", "paxos"]) {
    const own = cellsOf(readSuite("dose").grids, {}).filter((cell) => cell.protocol === protocol);
    for (const mode of ["offline", "malicious", "delay"]) {
      const doses = own.filter(({ fault }) => fault.startsWith(mode)).map(mostFaulty);
      deepEqual(doses, [1, 2, 3, 4, 5, 6]);
    }
    ok(own.some(({ fault }) => fault === "none"));
  }
});

test("the JSON Schema for editors is that of the code", () => {
  const path = join(import.meta.dirname, "suites", "suite.schema.json");
  const text = `${JSON.stringify(suiteJsonSchema(), null, 2)}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(path, text);
  equal(readFileSync(path, "utf8"), text, "run UPDATE=1 npx vitest run bench/suite.test.ts");
});
