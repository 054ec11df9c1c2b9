/** Text in YAML or JSON, and where in it something stands: mistakes are told with their line. */

import { basename } from "node:path";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from "yaml";
import { UsageError } from "../../core/assert.ts";

/** Where a mistake lies: at a value, or at keys in it that nobody knows. */
export interface Place {
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

export interface Located {
  readonly written: unknown;
  /** `file.yaml:3: sentence`; the first line where the place is not written. */
  complaint(place: Place, sentence: string): UsageError;
}

/** JSON is YAML, too. */
export function parseLocated(text: string, path: string): Located {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number, sentence: string) =>
    new UsageError(`${basename(path)}:${lines.linePos(offset).line}: ${sentence}`);
  const [error] = document.errors;
  if (error !== undefined) throw at(error.pos[0], firstLineOf(error.message));
  return {
    written: document.toJS() as unknown,
    complaint: (place, sentence) => at(offsetOf(document, place), sentence),
  };
}

/** Where in the text a mistake lies: at the key nobody knows, or at the value. */
function offsetOf(document: Document, { path, keys }: Place): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (keys !== undefined && isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === keys[0]);
      if (isScalar(pair?.key)) return pair.key.range?.[0] ?? 0;
    }
    if (isNode(node)) return node.range?.[0] ?? 0;
  }
  return 0;
}

/** The value on a path, in which a single value also stands for a list of one. */
export function valueAt(written: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((inside, key) => {
    if (typeof inside !== "object" || inside === null) return inside;
    return (inside as Readonly<Record<PropertyKey, unknown>>)[key];
  }, written);
}

const firstLineOf = (text: string): string => text.split("\n")[0] ?? text;
