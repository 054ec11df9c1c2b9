/** `report DIR`: tables, charts and the page again, from the CSV files alone. */

import { relative } from "node:path";
import type { CommandModule } from "yargs";
import { type Arguments, isSet, textIn } from "../options/arguments.ts";
import { printTables } from "../output/table.ts";

export const reportCommand: CommandModule = {
  command: "report <dir>",
  describe: "tables, charts and report.html again from the CSV files of a folder of results",
  builder: (parser) =>
    parser
      .positional("dir", { describe: "folder of results", type: "string" })
      .options({ json: { describe: "what was written, as JSON", type: "boolean" } })
      .epilogue("Writes comparison.csv, charts/*.svg and report.html into the folder."),
  handler: (argv) => report(argv),
};

async function report(argv: Arguments): Promise<void> {
  // Drawing takes a while to load, and no other command needs it.
  const { readRun } = await import("../report/run-data.ts");
  const { writeReport } = await import("../report/write-report.ts");
  const folder = textIn(argv, "dir") ?? "";
  const { manifest, summaries, published } = readRun(folder);
  const files = writeReport(folder);
  if (isSet(argv, "json")) {
    console.log(JSON.stringify({ run: manifest.run, folder, files }, null, 2));
    return;
  }
  if (summaries.length > 0) console.log(printTables(manifest, summaries, published));
  console.log(
    `\nWritten to ${relative("", folder) || "."}: ${files.join(", ") || "nothing, as nothing was measured"}`,
  );
}
