/** Writes comparison.csv, charts/*.svg and report.html into a folder of results, from its CSV files. */

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "csv-stringify/sync";
import { chartsOf } from "../charts/charts.ts";
import { comparisonColumns, comparisonLine } from "../compare/comparison-rows.ts";
import { crossingCharts } from "../crossing/chart.ts";
import { writeFindings } from "../crossing/files.ts";
import { findingsIn } from "../crossing/findings.ts";
import { paperFigures } from "../paper/figures.ts";
import { paperCharts } from "../paper/paper-charts.ts";
import { writeFigures } from "../paper/paper-files.ts";
import { replaceFile } from "../results/on-disk.ts";
import { reportPage } from "./page.ts";
import { readRun } from "./run-data.ts";

/** Equal CSV files, equal bytes. The answer is what was written; nothing when nothing was measured. */
export function writeReport(folder: string): readonly string[] {
  const data = readRun(folder);
  if (data.summaries.length === 0) return [];
  const figures = paperFigures({ tables: data.tables, cells: data.manifest.cells });
  const findings = findingsIn(data);
  const charts = [
    ...paperCharts(figures),
    ...(findings === undefined ? [] : crossingCharts(findings)),
    ...chartsOf(data.tables),
  ];
  const lines = data.comparisons.map((row) => [...comparisonLine(row, data.manifest.run)]);
  replaceFile(join(folder, "comparison.csv"), stringify([[...comparisonColumns], ...lines]));
  const chartFolder = join(folder, "charts");
  mkdirSync(chartFolder, { recursive: true });
  // A chart that an earlier report drew may have nothing to show any more.
  const known = new Set(charts.map(({ name }) => `${name}.svg`));
  for (const file of readdirSync(chartFolder)) {
    if (file.endsWith(".svg") && !known.has(file)) rmSync(join(chartFolder, file));
  }
  for (const { name, svg } of charts) replaceFile(join(chartFolder, `${name}.svg`), svg);
  replaceFile(join(folder, "report.html"), reportPage(data, charts, figures, findings));
  const figureFiles = [
    ...writeFigures(folder, figures),
    ...(findings === undefined ? [] : writeFindings(folder, data.manifest.run, findings)),
  ];
  return [
    "comparison.csv",
    ...figureFiles,
    ...charts.map(({ name }) => `charts/${name}.svg`),
    "report.html",
  ];
}
