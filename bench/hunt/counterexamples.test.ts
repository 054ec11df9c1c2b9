/** The published counterexamples as files: each forks under the rules it is for, and nowhere else. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, test } from "vitest";
import { protocolNames } from "../protocols.ts";
import { readScheduleFile } from "./schedule-file.ts";
import { describeSchedule, replay } from "./story.ts";

const folder = fileURLToPath(new URL("../../ccro/counterexamples/", import.meta.url));
const ruleSets = protocolNames.filter((name) => name.startsWith("ccro"));

/** File by file, all rule sets that fork: of R1 to R5, each holds back what it is there for. */
const forks: Readonly<Record<string, readonly string[]>> = {
  "S0.json": ["ccro-literal"],
  "S1.json": ["ccro", "ccro-literal"],
  "S2.json": ["ccro-certified", "ccro-literal"],
  "S3.json": ["ccro-certified", "ccro-literal"],
  "S4.json": ["ccro-certified", "ccro-literal", "ccro-safe-without-r1"],
  "S5.json": ["ccro-safe-without-r5"],
  "S6.json": ["ccro-certified", "ccro-literal", "ccro-safe-without-r3"],
  "S7.json": ["ccro", "ccro-literal"],
  "heights-alone.json": ["ccro", "ccro-literal", "ccro-safe-without-r2"],
  "reports-unasked.json": ["ccro", "ccro-certified", "ccro-literal", "ccro-safe-without-r4"],
};

test("every counterexample in the folder is known here", () => {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  deepEqual(files.sort(), Object.keys(forks).sort());
});

for (const [name, forking] of Object.entries(forks)) {
  describe(name, () => {
    const { about, source, schedule } = readScheduleFile(`${folder}${name}`);
    const under = (protocol: string) => replay({ ...schedule, protocol });

    test(`forks under ${forking.join(", ")}, and under no other rules`, () => {
      ok(forking.includes(schedule.protocol));
      deepEqual(ruleSets.filter((rules) => isFork(under(rules))).sort(), forking);
    });

    test("ends in two blocks at height 1, and equally each time", () => {
      const [first, second] = [under(schedule.protocol), under(schedule.protocol)];
      const { violations } = first.verdict;
      const forked = violations.filter(({ judge }) => judge === "agreement");
      equal(new Set(forked.flatMap(({ digests }) => digests)).size, 2);
      deepEqual([...new Set(forked.map(({ slot }) => slot))], [1]);
      equal(first.hash, second.hash);
      deepEqual(first.diagram, second.diagram);
    });

    test("keeps both requests and no fork under ccro-safe, and equally each time", () => {
      const [first, second] = [under("ccro-safe"), under("ccro-safe")];
      const { safety, liveness, decisions, reasons } = first.verdict;
      deepEqual([safety, liveness, decisions], ["ok", "ok", 2], reasons.join("\n"));
      equal(first.hash, second.hash);
    });

    test("says what it shows and where it is from, as a list and as a diagram", () => {
      match(source ?? "", /Counterexamples to readings of CCRO|Our own/);
      ok((about ?? "").length > 40);
      const list = describeSchedule(schedule);
      equal(list.length, schedule.events.length + 2);
      if (name !== "S7.json") match(list.join("\n"), /m0 says assignment epoch 1/);
      match(
        under(schedule.protocol).diagram.join("\n"),
        /executes slot 1 .*\n[\s\S]*executes slot 1 /,
      );
    });
  });
}

const isFork = ({ verdict }: ReturnType<typeof replay>): boolean =>
  verdict.violations.some(({ judge }) => judge === "agreement");
