import { deepEqual, ok } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";

const room = import.meta.dirname;
const readme = readFileSync(join(room, "README.md"), "utf8");

/** A file as the table names it: of this room, or with its room in front. */
const pathOf = (file: string): string =>
  [join(room, file), join(room, "..", file)].find((path) => existsSync(path)) ?? "";

const inBackticks = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

/** The rows of the table below a heading, without its head. */
function tableBelow(heading: string): readonly (readonly string[])[] {
  const section = readme.split(`## ${heading}`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines.slice(2).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const declares = (source: string, name: string): boolean =>
  new RegExp(`(function|const|class|interface|type) ${name}\\b`).test(source);

const rows = tableBelow("Where what is");

describe("the map of the paper", () => {
  for (const [paragraph = "", files = "", functions = ""] of rows) {
    test(`holds what it names: ${paragraph}`, () => {
      const paths = inBackticks(files).map(pathOf);
      deepEqual(paths.includes(""), false, `${files}: is each of them there?`);
      const sources = paths.map((path) => readFileSync(path, "utf8"));
      for (const name of inBackticks(functions)) {
        ok(
          sources.some((source) => declares(source, name)),
          `${name} is not declared in ${files}`,
        );
      }
    });
  }

  test("has every section from 4.1 to 4.6, a file for each part of a replica, and a name for each", () => {
    for (const section of ["4.1", "4.2", "4.3", "4.4", "4.5.1", "4.5.2", "4.6"]) {
      ok(
        rows.some(([paragraph = ""]) => paragraph.includes(`§${section}`)),
        `§${section} is missing`,
      );
    }
    for (const [paragraph = "", files = "", functions = ""] of rows) {
      const isInWords = paragraph.startsWith("§4.6");
      ok(isInWords || inBackticks(files).length > 0, paragraph);
      ok(isInWords || inBackticks(functions).length > 0, paragraph);
    }
  });
});

test("every file that the README names is there", () => {
  const files = inBackticks(readme).filter((name) => /^[\w/.-]+\.ts$/.test(name));
  ok(files.length > 20);
  deepEqual(
    files.filter((file) => pathOf(file) === ""),
    [],
  );
});
