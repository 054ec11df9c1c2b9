/** One node's terminal: carries out what is typed, and says what happens. */

import type { NodeId } from "../../core/ids.ts";
import type { Effect, Status } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { LedgerView } from "../../services/ledger.ts";
import { type Command, nodeHelp, readNodeCommand } from "./commands.ts";
import { nameOf, namesOf } from "./machine/names.ts";
import { noticeIn, type Told } from "./machine/notices.ts";
import type { Order } from "./machine/orders.ts";
import { finalReport, localReport } from "./report-files.ts";
import {
  describe,
  describeEntry,
  describeResult,
  isTakenBack,
  readTransaction,
} from "./transaction.ts";
import { banner, error, hint, type Line, linesOf, plain } from "./wording.ts";

/** What a terminal can do with its participant, wherever that lives. */
export interface Controls {
  /** Undefined while it is down. */
  status(): Status | undefined;
  order(order: Order): void;
  crash(): void;
  recover(): void;
  /** Why a transaction cannot be handed to the client; undefined when it can. */
  objectionToTransaction(): Promise<string | undefined>;
  /** Where a participant listens, if it listens anywhere. */
  addressOf(id: NodeId): string | undefined;
  /** Writes a file, or goes on with one; the answer is what it is called. */
  save(file: string, text: string, isAppended: boolean): string;
}

export interface Session {
  readonly prompt: string;
  /** True when the operator leaves. */
  type(line: string): Promise<boolean>;
  /** What the participant did. */
  hear(effect: Effect<Message>): void;
}

export interface SessionOptions {
  readonly id: NodeId;
  readonly replicas: readonly NodeId[];
  readonly controls: Controls;
  say(line: Line): void;
}

export class NodeSession implements Session {
  readonly #options: SessionOptions;
  readonly #name: string;
  #awaitsData = false;
  #isDown = false;
  /** Relives what is on its disk: no news. */
  #isReliving = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#name = nameOf(options.id);
  }

  get prompt(): string {
    return this.#awaitsData ? "data> " : `${this.#name}> `;
  }

  async type(line: string): Promise<boolean> {
    if (line.trim() === "") return false;
    if (this.#awaitsData) {
      this.#awaitsData = false;
      await this.#transact(line.replace(/^\s*data>/, ""));
      return false;
    }
    const { command, problem } = readNodeCommand(line, this.#options.replicas.length);
    if (command === undefined) this.#say(error(problem));
    else if (command.kind === "quit") return true;
    else if (this.#isDown && !["recover", "help"].includes(command.kind)) {
      this.#say(error(`${this.#name} is down: type recover`));
    } else await this.#obey(command);
    return false;
  }

  hear(effect: Effect<Message>): void {
    const told = noticeIn(effect);
    if (told !== undefined) return this.#hearNotice(told);
    if (effect.kind === "deliver" && !this.#isReliving) {
      for (const executed of effect.delivery.executed) {
        const { slot, view } = effect.delivery;
        this.#say(deliveryLine(`view ${view}  sequence ${slot}`, executed));
      }
    }
    if (effect.kind !== "mark") return;
    const { name, view, slot } = effect.mark;
    if (name === "new view") this.#hearNewView(view);
    if (name === "state transferred")
      this.#say(banner(`STATE TRANSFERRED  up to sequence ${slot}`));
  }

  #hearNotice(told: Told): void {
    const { id, replicas } = this.#options;
    const { notice, slot } = told;
    if (notice.kind === "snapshot") {
      const { text, file } = localReport(notice.report);
      const saved = this.#options.controls.save(file, text, true);
      return this.#say(plain(`snapshot at sequence ${notice.report.sequence} added to ${saved}`));
    }
    if (notice.kind === "reports") {
      const { reports, equal, threshold, of } = notice;
      this.#say(plain(`Checkpoint reports: ${equal}/${of} (threshold ≥ ${threshold})`));
      if (equal < threshold) return;
      const { text, file } = finalReport(slot, reports, replicas);
      const saved = this.#options.controls.save(file, text, false);
      return this.#say(banner(`CHECKPOINT  ${saved}  with ${reports.length} of ${of} reports`));
    }
    const others = replicas.filter((replica) => replica !== id);
    for (const line of linesOf(told, { id, others, isLeader: this.#isLeader() })) this.#say(line);
  }

  #hearNewView(view: number): void {
    if (this.#isReliving) return;
    const leader = this.#options.replicas[view % this.#options.replicas.length] ?? "";
    this.#say(banner(`NEW VIEW ${view}  leader ${nameOf(leader)}`));
    if (leader === this.#options.id) this.#say(hint("you lead: tx, progress, checkpoint"));
  }

  async #obey(command: Command): Promise<void> {
    const { controls } = this.#options;
    switch (command.kind) {
      case "help":
        for (const line of nodeHelp) this.#say(plain(line));
        return;
      case "list":
        return this.#list();
      case "status":
        return this.#status();
      case "data":
        return this.#data();
      case "tx":
        return this.#startTransaction(command.text);
      case "vote": {
        const { phase, isYes, to } = command;
        if (to === this.#options.id) return this.#say(error("a node tells itself nothing"));
        return controls.order({
          order: "vote",
          phase,
          isYes,
          ...(to === undefined ? {} : { to }),
        });
      }
      case "progress":
      case "view change":
      case "checkpoint":
        return controls.order({ order: command.kind });
      case "crash":
        this.#isDown = true;
        controls.crash();
        return this.#say(banner("CRASHED  hears nothing and says nothing until recover"));
      case "recover":
        return this.#recover();
      default:
        return;
    }
  }

  #recover(): void {
    if (!this.#isDown) return this.#say(error(`${this.#name} is not down`));
    this.#isDown = false;
    this.#isReliving = true;
    this.#options.controls.recover();
    this.#isReliving = false;
    this.#say(banner("RECOVERED  asks everybody for what it missed"));
    this.#options.controls.order({ order: "catch up" });
  }

  async #startTransaction(text: string | undefined): Promise<void> {
    const objection = this.#objectionToTransaction();
    if (objection !== undefined) return this.#say(error(objection));
    if (text !== undefined) return this.#transact(text);
    this.#awaitsData = true;
    this.#say(hint("key=value,… such as account=alice,amount=100,operation=deposit"));
  }

  #objectionToTransaction(): string | undefined {
    const status = this.#options.controls.status();
    if (status?.["isViewChanging"] === true) return `${this.#name} waits for view ${status.view}`;
    if (this.#isLeader()) return undefined;
    return `only the leader starts a transaction, and that is ${nameOf(String(status?.["primary"]))}`;
  }

  async #transact(text: string): Promise<void> {
    const { operation, problem } = readTransaction(text);
    const { controls } = this.#options;
    const objection = problem ?? (await controls.objectionToTransaction());
    if (operation === undefined || objection !== undefined) {
      return this.#say(error(objection ?? ""));
    }
    controls.order({ order: "transaction", operation });
  }

  #isLeader(): boolean {
    return this.#options.controls.status()?.["primary"] === this.#options.id;
  }

  #list(): void {
    const { replicas, controls, id } = this.#options;
    const leader = controls.status()?.["primary"];
    for (const one of [...replicas, "client"]) {
      const role = one === "client" ? "client" : one === leader ? "leader" : "replica";
      const address = controls.addressOf(one);
      const words = [nameOf(one), role, address, one === id ? "(this one)" : undefined];
      this.#say(plain(words.filter((word) => word !== undefined).join("  ")));
    }
  }

  #status(): void {
    const status = this.#options.controls.status();
    if (status === undefined) return;
    const { view, slot } = status;
    const leader = nameOf(String(status["primary"]));
    const state = status["isViewChanging"] === true ? "  waits for it to begin" : "";
    this.#say(plain(`${this.#name}: view ${view}, leader ${leader}${state}`));
    this.#say(plain(`members: ${namesOf(this.#options.replicas)}`));
    this.#say(
      plain(`executed up to sequence ${slot}, stable checkpoint at ${status["lowWatermark"]}`),
    );
    const { history } = ledgerIn(status);
    for (const [index, entry] of history.entries()) {
      this.#say(plain(`  ${index + 1}. ${describeEntry(entry)}`));
    }
    this.#data();
    const due = awaited.get(String(status["awaits"]));
    if (due !== undefined) this.#say(hint(due));
  }

  #data(): void {
    const status = this.#options.controls.status();
    if (status === undefined) return;
    const { balances, values } = ledgerIn(status);
    const shown = [...Object.entries(balances), ...Object.entries(values)];
    const text = shown.map(([name, value]) => `${name}=${value}`).join(", ");
    this.#say(plain(`data: ${text === "" ? "nothing yet" : text}`));
  }

  #say(line: Line): void {
    this.#options.say(line);
  }
}

/** Written by the replica, whose service is the ledger. */
const ledgerIn = (status: Status): LedgerView => status["ledger"] as unknown as LedgerView;

const awaited: ReadonlyMap<string, string> = new Map([
  ["prepare", "waits for you: prepare yes or prepare no"],
  ["ack", "waits for you: ack commit or ack abort"],
  ["progress", "a transaction is under way: progress"],
  ["transaction", "you lead and nothing is under way: tx"],
  ["view change", "waits until enough others ask for this view, too"],
]);

function deliveryLine(
  place: string,
  { operation, result }: { readonly operation: string; readonly result: string },
): Line {
  if (!isTakenBack(operation)) {
    return banner(`COMMITTED  ${place}  ${describe(operation)}: ${describeResult(result)}`);
  }
  const isRefused = describeResult(result) !== "ok";
  return banner(`${isRefused ? "NOT ABORTED" : "ABORTED"}  ${place}  ${describe(operation)}`);
}
