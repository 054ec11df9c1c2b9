/** The terminal itself: lines in, lines out, history and completion and colours only for people. */

import { createInterface, type Interface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";
import { styleText } from "node:util";
import type { Line, Style } from "./wording.ts";

export interface TerminalOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether a person sits there. */
  readonly isTerminal: boolean;
  readonly hasColours: boolean;
  prompt(): string;
  /** What a line could become. */
  completions(): readonly string[];
  /** Carries out a line; true ends the session. */
  type(line: string): Promise<boolean>;
}

/** How a session ended. */
export type Ending = "left" | "interrupted";

type Formats = Parameters<typeof styleText>[0];

const formats: Readonly<Record<Style, Formats | undefined>> = {
  banner: ["bold", "cyan"],
  plain: undefined,
  hint: "dim",
  error: "red",
};

export function paint({ style, text }: Line, hasColours: boolean): string {
  const format = formats[style];
  if (!hasColours || format === undefined) return text;
  // Who has colours was asked already; newer versions of Node would ask stdout again.
  return styleText(format, text, { validateStream: false });
}

export class Terminal {
  readonly #options: TerminalOptions;
  readonly #readline: Interface;
  #isTyping = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    const { input, output, isTerminal } = options;
    this.#readline = createInterface({
      input,
      output,
      terminal: isTerminal,
      removeHistoryDuplicates: true,
      completer: (line: string): [string[], string] => [
        options.completions().filter((word) => word.startsWith(line)),
        line,
      ],
    });
  }

  /** Prints a line, above the one that is being typed. */
  show(line: Line): void {
    this.print(paint(line, this.#options.hasColours));
  }

  print(text: string): void {
    const { output, isTerminal } = this.#options;
    if (!isTerminal || this.#isTyping) {
      output.write(`${text}\n`);
      return;
    }
    output.write(`\r\u001b[K${text}\n`);
    this.#ask();
  }

  /** Reads lines one by one until somebody leaves, or the input ends. */
  async run(): Promise<Ending> {
    let ending: Ending = "left";
    this.#readline.on("SIGINT", () => {
      ending = "interrupted";
      this.#readline.close();
    });
    this.#ask();
    for await (const line of this.#readline) {
      this.#isTyping = true;
      const isOver = await this.#options.type(line);
      this.#isTyping = false;
      if (isOver) break;
      // A program that drives this terminal learns from the prompt that its last line was carried out.
      if (line.trim() === "" && !this.#options.isTerminal) this.print(this.#options.prompt());
      this.#ask();
    }
    this.#readline.close();
    return ending;
  }

  #ask(): void {
    if (!this.#options.isTerminal) return;
    this.#readline.setPrompt(this.#options.prompt());
    this.#readline.prompt(true);
  }
}
