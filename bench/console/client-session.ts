/** The client's terminal. */

import type { Effect, Status } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import { clientHelp, readClientCommand } from "./commands.ts";
import { noticeIn } from "./machine/notices.ts";
import type { Session, SessionOptions } from "./session.ts";
import { describe, describeResult } from "./transaction.ts";
import { error, type Line, linesOf, plain } from "./wording.ts";

export class ClientSession implements Session {
  readonly prompt = "client> ";
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  async type(line: string): Promise<boolean> {
    if (line.trim() === "") return false;
    const { command, problem } = readClientCommand(line);
    if (command === undefined) this.#say(error(problem));
    else if (command.kind === "quit") return true;
    else if (command.kind === "send") {
      this.#options.controls.order({ order: "transaction", operation: command.operation });
    } else if (command.kind === "help") for (const text of clientHelp) this.#say(plain(text));
    else this.#list();
    return false;
  }

  hear(effect: Effect<Message>): void {
    const told = noticeIn(effect);
    if (told === undefined) return;
    const { id, replicas } = this.#options;
    for (const line of linesOf(told, { id, isLeader: false, others: replicas })) this.#say(line);
  }

  #list(): void {
    const asked = transactionsIn(this.#options.controls.status());
    const replies = asked.reduce((sum, { replies }) => sum + replies, 0);
    this.#say(plain(`REPLY messages: ${replies}, requests: ${asked.length}`));
    for (const { operation, outcome, replies, result } of asked) {
      const answer = result === null ? "" : `  ${describeResult(result)}`;
      this.#say(plain(`  ${describe(operation)}: ${outcome}, ${replies} replies${answer}`));
    }
  }

  #say(line: Line): void {
    this.#options.say(line);
  }
}

interface Shown {
  readonly operation: string;
  readonly outcome: string;
  readonly replies: number;
  readonly result: string | null;
}

/** Written by the client's machine. */
const transactionsIn = (status: Status | undefined): readonly Shown[] =>
  (status?.["transactions"] ?? []) as unknown as readonly Shown[];
