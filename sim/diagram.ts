/** A run as a space-time diagram in text: one column a node, time downwards, an arrow a message. */

import type { Millis, NodeId } from "../core/ids.ts";
import type { Effect } from "../core/machine.ts";
import type { Message, Signed } from "../core/messages.ts";
import type { SimulationObserver } from "./simulation.ts";

const columnWidth = 5;

export interface Diagram extends SimulationObserver<Message> {
  /** The head and the last rows, of those up to a moment. */
  lines(mostRows: number, untilMs?: Millis): readonly string[];
}

/**
 * Arrows end where and when a message arrives; `x` is a lost one, `#` a slot executed, `!` a client
 * that accepts.
 */
export function createDiagram(nodes: readonly NodeId[]): Diagram {
  const rows: { readonly now: Millis; readonly text: string }[] = [];
  const add = (now: Millis, drawing: string, label: string) => {
    const text = `${now.toFixed(1).padStart(9)}  ${drawing}  ${label}`.trimEnd();
    rows.push({ now, text });
  };
  const at = (node: NodeId) => nodes.indexOf(node);
  const draw = (marks: ReadonlyMap<number, string>) => drawRow(nodes.length, marks);
  return {
    received: (node, signed, now) => {
      if (at(signed.from) === -1 || at(node) === -1) return;
      add(now, drawArrow(nodes.length, at(signed.from), at(node)), labelOf(signed));
    },
    lost: (from, to, signed, now) =>
      add(now, draw(new Map([[at(from), "x"]])), `${labelOf(signed)} to ${to} is lost`),
    effect: (node, effect, now) => {
      const told = tell(effect);
      if (told !== undefined) add(now, draw(new Map([[at(node), told.mark]])), told.label);
    },
    lines(mostRows, untilMs = Number.POSITIVE_INFINITY) {
      const shown = rows.filter(({ now }) => now <= untilMs).slice(-mostRows);
      return [headOf(nodes), ...shown.map(({ text }) => text)];
    },
  };
}

const headOf = (nodes: readonly NodeId[]): string =>
  `${"ms".padStart(9)}  ${nodes.map((node) => node.padEnd(columnWidth)).join("")}`.trimEnd();

/** The life lines, with marks on some of them. */
function drawRow(columns: number, marks: ReadonlyMap<number, string>): string {
  const cells = Array.from({ length: columns }, (_, index) => marks.get(index) ?? "|");
  return cells.map((cell) => cell.padEnd(columnWidth)).join("");
}

function drawArrow(columns: number, from: number, to: number): string {
  const line = [...drawRow(columns, new Map([[from, "o"]]))];
  const [left, right] = [Math.min(from, to) * columnWidth, Math.max(from, to) * columnWidth];
  for (let index = left + 1; index < right; index += 1) {
    if (line[index] === " ") line[index] = "-";
  }
  line[to * columnWidth] = from < to ? ">" : "<";
  return line.join("");
}

function labelOf({ message }: Signed<Message>): string {
  const numbers = Object.entries(message).filter(([, value]) => typeof value === "number");
  return `${message.kind} ${numbers.map(([name, value]) => `${name} ${value}`).join(", ")}`.trim();
}

function tell(
  effect: Effect<Message>,
): { readonly mark: string; readonly label: string } | undefined {
  if (effect.kind === "deliver") {
    const { slot, view, digest } = effect.delivery;
    return { mark: "#", label: `executes slot ${slot} (${digest.slice(0, 8)}) in view ${view}` };
  }
  if (effect.kind === "accept") {
    const { slot, view, result } = effect.acceptance;
    return { mark: "!", label: `accepts slot ${slot} in view ${view}: ${result.slice(0, 24)}` };
  }
  return undefined;
}
