/** Where a report comes from, and how to make it again. */

import { commandFor } from "../output/repeat.ts";
import type { Manifest } from "../results/manifest.ts";
import { element, htmlTable, type Markup } from "./html.ts";
import type { RunData } from "./run-data.ts";

export function manifestSection({ manifest, hasManifest }: RunData): Markup {
  const facts = hasManifest
    ? factsOf(manifest)
    : [["manifest", "none: this report was made from the CSV files alone"] as const];
  const columns = ["what", "value"].map((title) => ({ title, align: "left" as const }));
  return element(
    "section",
    {},
    element("h2", {}, "Manifest"),
    htmlTable("What was asked, where, and with which code", columns, facts),
  );
}

function factsOf(manifest: Manifest): readonly (readonly [string, string])[] {
  const { sessions, repetitionsDone, repetitionsPlanned } = manifest;
  return [
    ["run", manifest.run],
    ["suite", manifest.suite],
    ["command", manifest.command],
    ["seed", String(manifest.seed)],
    ["cells", String(manifest.cells.length)],
    ["repetitions", `${repetitionsDone} of ${repetitionsPlanned}`],
    ["time-out policy", manifest.timeoutPolicy],
    ...sessions.flatMap(({ started, ended, version, commit, machine, isInterrupted }, index) => {
      const name = sessions.length === 1 ? "session" : `session ${index + 1}`;
      const { cores, cpu, memoryMb, system, node } = machine;
      return [
        [name, `${started} to ${ended ?? "?"}${isInterrupted ? ", interrupted" : ""}`],
        [`${name}: code`, `version ${version}, commit ${commit ?? "not known"}`],
        [`${name}: machine`, `${cores} cores, ${cpu}, ${memoryMb} MB, ${system}, Node ${node}`],
      ] as const;
    }),
  ];
}

export function repeatSection({ manifest, summaries, hasManifest }: RunData): Markup {
  const [first] = summaries;
  const whole = manifest.command === "" ? [] : [`npm run bench -- ${manifest.command}`];
  const one = first === undefined || !hasManifest ? [] : [commandFor(first.cell, manifest.seed)];
  return element(
    "section",
    {},
    element("h2", {}, "How to repeat"),
    element("p", {}, "All of it, one cell of it, and this page from the CSV files beside it:"),
    element(
      "pre",
      { tabindex: "0" },
      element("code", {}, [...whole, ...one, "npm run bench -- report DIR"].join("\n")),
    ),
    element(
      "p",
      {},
      "Counts repeat exactly with the same seed in simulated time. Times are those of one machine on one day: do not hold them against another's.",
    ),
  );
}
