import { deepEqual, equal, throws } from "node:assert/strict";
import fc from "fast-check";
import { describe, test } from "vitest";
import { parseDuration, printDuration } from "./duration.ts";
import { modes } from "./modes.ts";
import { parseFault, parseFaults, printFault, printPlaced } from "./notation.ts";
import type { FaultRequest } from "./placed-fault.ts";

fc.configureGlobal({ seed: 20261121 });

const lasting = { args: [], fromMs: 0, untilMs: Infinity };

const read: readonly (readonly [text: string, request: FaultRequest])[] = [
  ["malicious@1", { ...lasting, mode: "malicious", who: "1" }],
  ["offline@commander", { ...lasting, mode: "offline", who: "commander" }],
  ["forge@communication", { ...lasting, mode: "forge", who: "communication" }],
  ["malicious@r1+r3", { ...lasting, mode: "malicious", who: "r1+r3" }],
  ["delay@commander+r3", { ...lasting, mode: "delay", who: "commander+r3" }],
  ["malicious@m0", { ...lasting, mode: "malicious", who: "m0" }],
  [
    "equivocating(r3)@commander",
    { ...lasting, mode: "equivocating", args: ["r3"], who: "commander" },
  ],
  ["dark(r3+r4)@r1", { ...lasting, mode: "dark", args: ["r3", "r4"], who: "r1" }],
  ["dark(r3+c0)@r1", { ...lasting, mode: "dark", args: ["r3", "c0"], who: "r1" }],
  ["delay(300ms)@2", { ...lasting, mode: "delay", args: ["300ms"], who: "2" }],
  ["replay(5)@r1", { ...lasting, mode: "replay", args: ["5"], who: "r1" }],
  ["crash@r2/2s-6s", { mode: "crash", args: [], who: "r2", fromMs: 2000, untilMs: 6000 }],
  [
    "crash(lose-disk)@r2/2s-6s",
    { mode: "crash", args: ["lose-disk"], who: "r2", fromMs: 2000, untilMs: 6000 },
  ],
  ["malicious@1/500ms-", { mode: "malicious", args: [], who: "1", fromMs: 500, untilMs: Infinity }],
  ["malicious@1/0ms-1500ms", { mode: "malicious", args: [], who: "1", fromMs: 0, untilMs: 1500 }],
  [
    "bad-signature@r1/1s-2s",
    { mode: "bad-signature", args: [], who: "r1", fromMs: 1000, untilMs: 2000 },
  ],
];

for (const [text, request] of read) {
  test(`${text} is read, and printed as it was written`, () => {
    deepEqual(parseFault(text), request);
    equal(printFault(request), text);
  });
}

const alsoRead = [
  ["dark(r3,r4)@r1", "dark(r3+r4)@r1"],
  ["dark(r3, r4)@r1", "dark(r3+r4)@r1"],
  ["malicious@1/0s-", "malicious@1"],
  ["malicious@1/1000ms-1.5s", "malicious@1/1s-1500ms"],
  ["delay@r1/0.0005s-1s", "delay@r1/0.5ms-1s"],
] as const;

for (const [text, printed] of alsoRead) {
  test(`${text} is another way to write ${printed}`, () => {
    equal(printFault(parseFault(text)), printed);
  });
}

const who =
  "commander, communication, ids joined by + such as r1+r3, or a number of nodes to draw from 1";
const window = "FROM-UNTIL or FROM- in ms or s, up to 86400s, such as 2s-6s or 500ms-";
const all =
  "offline, crash, malicious, equivocating, dark, delay, bad-signature, replay, forge, spam-view-change, silent, selective, misreport, sleeper";

const refused = [
  ["", `it does not say who: add @WHO, which is ${who}`],
  ["malicious", `it does not say who: add @WHO, which is ${who}`],
  ["malicous@1", `there is no mode "malicous", only ${all}: did you mean malicious?`],
  ["equivocate@1", `there is no mode "equivocate", only ${all}: did you mean equivocating?`],
  ["badsignature@1", `there is no mode "badsignature", only ${all}: did you mean bad-signature?`],
  ["Malicious@1", `there is no mode "Malicious", only ${all}: did you mean malicious?`],
  ["toString@1", `there is no mode "toString", only ${all}`],
  ["xyz@1", `there is no mode "xyz", only ${all}`],
  ["@1", `there is no mode "", only ${all}`],
  ["dark(r3@r1", '"dark(r3" must be MODE or MODE(ARGS)'],
  ["dark(r3)(r4)@r1", '"dark(r3)(r4)" must be MODE or MODE(ARGS)'],
  ["dark)r3(@r1", '"dark)r3(" must be MODE or MODE(ARGS)'],
  ["malicious(r3)@1", "malicious takes nothing in brackets"],
  ["malicious()@1", "malicious takes nothing in brackets"],
  ["offline(1s)@1", "offline takes nothing in brackets"],
  [
    "dark()@1",
    '"" is not TARGETS of dark, which is ids joined by +, such as r3+r4 or, for a client, c0',
  ],
  [
    "dark(3)@1",
    '"3" is not TARGETS of dark, which is ids joined by +, such as r3+r4 or, for a client, c0',
  ],
  [
    "delay(300)@1",
    '"300" is not TIME of delay, which is a time from 1ms to 86400s, such as 300ms or 2s',
  ],
  [
    "delay(0ms)@1",
    '"0ms" is not TIME of delay, which is a time from 1ms to 86400s, such as 300ms or 2s',
  ],
  [
    "delay(-1s)@1",
    '"-1s" is not TIME of delay, which is a time from 1ms to 86400s, such as 300ms or 2s',
  ],
  [
    "delay(2d)@1",
    '"2d" is not TIME of delay, which is a time from 1ms to 86400s, such as 300ms or 2s',
  ],
  ["delay(1s+2s)@1", "delay takes 1 TIME, not 2"],
  ["replay(0)@1", '"0" is not EVERY of replay, which is a whole number from 1 to 1000'],
  ["replay(1001)@1", '"1001" is not EVERY of replay, which is a whole number from 1 to 1000'],
  ["crash(disk)@1", '"disk" is not DISK of crash, which is keep-disk or lose-disk'],
  ["malicious@", `"" is nobody: WHO is ${who}`],
  ["malicious@0", `"0" is nobody: WHO is ${who}`],
  ["malicious@-1", `"-1" is nobody: WHO is ${who}`],
  ["malicious@1.5", `"1.5" is nobody: WHO is ${who}`],
  ["malicious@01", `"01" is nobody: WHO is ${who}`],
  ["malicious@r1+", `"" is nobody: WHO is ${who}`],
  ["malicious@r1+2", `"2" is nobody: WHO is ${who}`],
  ["malicious@r1,r2", `"r1,r2" is nobody: WHO is ${who}`],
  ["malicious@comander", `"comander" is nobody: WHO is ${who}: did you mean commander?`],
  ["forge@comm", `"comm" is nobody: WHO is ${who}`],
  ["offline@r1/1s-2s", "offline lasts for the whole run, only crash can begin and end"],
  ["crash@r1/", `the window "" must be ${window}`],
  ["crash@r1/2s", `the window "2s" must be ${window}`],
  ["crash@r1/-2s", `the window "-2s" must be ${window}`],
  ["crash@r1/2-6", `the window "2-6" must be ${window}`],
  ["crash@r1/1s-2s-3s", `the window "1s-2s-3s" must be ${window}`],
  ["crash@r1/1s-2h", `the window "1s-2h" must be ${window}`],
  ["crash@r1/1s-90000s", `the window "1s-90000s" must be ${window}`],
  ["crash@r1/1s-2s/3s-4s", `the window "1s-2s/3s-4s" must be ${window}`],
  ["crash@r1/6s-2s", 'the window "6s-2s" ends before it begins'],
  ["crash@r1/2s-2s", 'the window "2s-2s" ends before it begins'],
] as const;

for (const [text, problem] of refused) {
  test(`${JSON.stringify(text)} is refused: ${problem.slice(0, 60)}`, () => {
    throws(() => parseFault(text), {
      name: "UsageError",
      message: `fault ${JSON.stringify(text)}: ${problem}`,
    });
  });
}

test("whatever is typed is read or refused as the user's error", () => {
  const piece = fc.constantFrom(
    "malicious",
    "dark",
    "crash",
    "(",
    ")",
    "@",
    "/",
    "-",
    "+",
    "r1",
    "2s",
    "1",
    " ",
    "é",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (text) => {
        try {
          parseFault(text);
        } catch (error) {
          equal((error as Error).name, "UsageError");
        }
      },
    ),
    { numRuns: 500 },
  );
});

/** Everything that can be asked for. */
const requests: fc.Arbitrary<FaultRequest> = fc
  .constantFrom(...modes)
  .chain((mode) => {
    const values: Record<string, fc.Arbitrary<string>> = {
      TARGETS: fc.nat(99).map((index) => `r${index}`),
      TIME: fc.integer({ min: 1, max: 90_000 }).map((ms) => `${ms}ms`),
      EVERY: fc.integer({ min: 1, max: 1000 }).map(String),
      DISK: fc.constantFrom("keep-disk", "lose-disk"),
      STRIKE: fc.constantFrom("malicious", "equivocating", "forge", "silent"),
    };
    const { argument, takesWindow } = mode;
    const value = values[argument?.name ?? ""] ?? fc.constant("");
    const maxLength = Math.min(argument?.most ?? 0, 4);
    const ids = fc.array(fc.constantFrom("commander", "communication", "r0", "r12", "m0"), {
      minLength: 1,
    });
    const moment = fc.integer({ min: 0, max: 9_999_999 }).map((micros) => micros / 1000);
    return fc.record({
      mode: fc.constant(mode.name),
      args: fc.array(value, { maxLength }),
      who: fc.oneof(
        fc.integer({ min: 1, max: 99_999 }).map(String),
        ids.map((list) => list.join("+")),
      ),
      window: takesWindow ? fc.option(fc.tuple(moment, fc.option(moment))) : fc.constant(null),
    });
  })
  .map(({ window: drawn, ...rest }) => {
    const [from, length] = drawn ?? [0, null];
    return {
      ...rest,
      fromMs: from,
      untilMs: length === null ? Infinity : Math.round(from + length + 1),
    };
  });

test("what is printed reads as the same request", () => {
  fc.assert(
    fc.property(requests, (request) => deepEqual(parseFault(printFault(request)), request)),
  );
});

describe("several values", () => {
  test("are read in order, each with one or more faults", () => {
    deepEqual(parseFaults(["malicious@1", "offline@r1; dark(r2)@r3 ;"]).map(printFault), [
      "malicious@1",
      "offline@r1",
      "dark(r2)@r3",
    ]);
  });

  test("that are empty say nothing", () => {
    deepEqual(parseFaults([]), []);
    deepEqual(parseFaults(["", " ; "]), []);
  });
});

test("a placed fault is printed with its nodes", () => {
  const { who: _, ...fault } = parseFault("delay(300ms)@2/1s-");
  equal(printPlaced({ ...fault, nodes: ["r1", "r3"] }), "delay(300ms)@r1+r3/1s-");
});

const durations = [
  ["300ms", 300],
  ["2s", 2000],
  ["1.5s", 1500],
  ["0.25ms", 0.25],
  ["2.3s", 2300],
  ["0s", 0],
  ["86400s", 86_400_000],
  ["86400.001s", undefined],
  ["2", undefined],
  ["2 s", undefined],
  ["2S", undefined],
  ["1e3ms", undefined],
  [".5s", undefined],
  ["-1s", undefined],
  ["1s ", undefined],
  ["", undefined],
  [`${"9".repeat(400)}s`, undefined],
] as const;

for (const [text, ms] of durations) {
  test(`${text.slice(0, 20)} is ${ms === undefined ? "no time" : `${ms} ms`}`, () => {
    equal(parseDuration(text), ms);
    if (ms !== undefined) equal(parseDuration(printDuration(ms)), ms);
  });
}
