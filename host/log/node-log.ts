/** A node's log: JSON lines by pino on stderr, a logger for each component, each with its own level. */

import { type DestinationStream, destination, type Logger, pino } from "pino";
import type { Complaint } from "../complaint.ts";
import type { EventHub, HostEvent } from "../event-hub.ts";
import { type Component, components, type Level, type LogLevels } from "./levels.ts";

/** Marks that come with every slot. */
const everyday: ReadonlySet<string> = new Set([
  "proposed",
  "voted",
  "prepared",
  "committed",
  "chosen",
  "completed",
]);

export class NodeLog {
  readonly #loggers: ReadonlyMap<Component, Logger>;

  constructor(node: string, levels: LogLevels, stream?: DestinationStream) {
    // Written at once: a process that is killed has said what it had to say.
    const out = stream ?? destination({ fd: 2, sync: true });
    this.#loggers = new Map(
      components.map((component) => {
        const base = { node, component };
        return [component, pino({ level: levels[component], base }, out)];
      }),
    );
  }

  isOn(component: Component, level: Level): boolean {
    return this.#loggers.get(component)?.isLevelEnabled(level) ?? false;
  }

  /** Tells what happens at the node. Events are only made where somebody watches, so not without need. */
  follow(events: EventHub): void {
    const isNeeded = (["node", "protocol", "messages"] as const).some((component) =>
      this.isOn(component, "error"),
    );
    if (isNeeded) events.watch((event) => this.#onEvent(event));
  }

  listening(url: string): void {
    this.#loggers.get("node")?.info({ url }, "listening");
  }

  refused({ status, code, message }: Complaint): void {
    this.#loggers.get("http")?.warn({ status, code, reason: message }, "not taken");
  }

  answered(method: string, path: string, status: number, tookMs: number): void {
    // What nodes post to one another is told where each message is.
    const level = path.endsWith("/messages") ? "trace" : "debug";
    this.#loggers.get("http")?.[level]({ method, path, status, tookMs }, "answered");
  }

  #onEvent({ name, atMs, detail }: HostEvent): void {
    const [component, level, message] = placeOf(name, detail);
    this.#loggers.get(component)?.[level]({ atMs, detail }, message);
  }
}

type Place = readonly [component: Component, level: Exclude<Level, "silent">, message: string];

function placeOf(name: string, detail: unknown): Place {
  switch (name) {
    case "crash":
    case "recover":
      return ["node", "info", name];
    case "sent":
    case "received":
      return ["messages", "trace", name];
    case "reject":
      return ["protocol", "warn", "refused a message"];
    case "mark": {
      const mark = markIn(detail);
      return ["protocol", everyday.has(mark) ? "debug" : "info", mark];
    }
    default:
      return ["protocol", "debug", name];
  }
}

function markIn(detail: unknown): string {
  const { mark } = detail as { readonly mark?: { readonly name?: string } };
  return mark?.name ?? "mark";
}
