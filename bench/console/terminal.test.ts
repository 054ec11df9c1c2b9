import { deepEqual, equal } from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "vitest";
import { paint, Terminal } from "./terminal.ts";
import { plain } from "./wording.ts";

/** What is written when these lines come through a pipe, and what was typed. */
async function piped(text: string) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const typed: string[] = [];
  const terminal = new Terminal({
    input,
    output,
    isTerminal: false,
    hasColours: false,
    prompt: () => "P1> ",
    completions: () => [],
    type: async (line) => {
      typed.push(line);
      if (line !== "") terminal.show(plain(`did ${line}`));
      return line === "quit";
    },
  });
  const ended = terminal.run();
  input.end(text);
  const ending = await ended;
  return { ending, typed, written: String(output.read() ?? "") };
}

test("a pipe sees neither colours nor prompts, except for the one it asks for with a blank line", async () => {
  const { written, ending } = await piped("status\n\ndata\n");
  equal(written, "did status\nP1> \ndid data\n");
  equal(ending, "left");
});

test("whoever leaves is not read any further", async () => {
  deepEqual((await piped("quit\nstatus\n")).typed, ["quit"]);
});

test("colours are for people", () => {
  const banner = { style: "banner", text: "=== COMMIT ===" } as const;
  equal(paint(banner, false), "=== COMMIT ===");
  equal(paint(banner, true) !== "=== COMMIT ===", true);
  equal(paint(plain("text"), true), "text");
});

test("for a person the tabulator completes a command, and the arrow up brings the last one back", async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const typed: string[] = [];
  const terminal = new Terminal({
    input,
    output,
    isTerminal: true,
    hasColours: true,
    prompt: () => "P1> ",
    completions: () => ["prepare yes", "prepare no", "progress", "quit"],
    type: async (line) => {
      typed.push(line);
      return line === "quit";
    },
  });
  const ended = terminal.run();
  // One key after the other: what comes in one piece is pasted, and a pasted tabulator is a character.
  for (const key of [..."prepare y", "\t", "\r", "\u001b[A", "\r", "q", "\t", "\r"]) {
    input.write(key);
    await new Promise(setImmediate);
  }
  equal(await ended, "left");
  deepEqual(typed, ["prepare yes", "prepare yes", "quit"]);
});
