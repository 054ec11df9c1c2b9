/** The single cell of commands that start one cluster. */

import { UsageError } from "../../core/assert.ts";
import type { Cell } from "../cell.ts";
import { cellsOf } from "../experiment.ts";
import type { Choice } from "./choice.ts";
import { singleChoice } from "./flags.ts";

/** One request, and nothing before it. */
const oneRequest: Choice = { requests: 1, warmup: 0 };

/** The cell that the flags choose; whoever names a size in both words is told so. */
export function oneCell(choice: Choice, command: string, load: Choice = oneRequest): Cell {
  if (choice.n !== undefined && choice.f !== undefined) {
    throw new UsageError(`${command} takes --n or --f, not both: f gives each protocol its n`);
  }
  const once = { ...load, repetitions: 1 };
  const [cell] = cellsOf([{ title: command, choice: singleChoice(choice, command) }], once);
  if (cell === undefined) throw new UsageError(`${command} needs a cell`);
  return cell;
}
