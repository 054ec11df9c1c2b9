/** What does not change from step to step is found once for each recording. */

import type { Recording } from "./recording.ts";

export function oncePer<T>(find: (recording: Recording) => T): (recording: Recording) => T {
  const found = new WeakMap<Recording, { readonly answer: T }>();
  return (recording) => {
    const known = found.get(recording) ?? { answer: find(recording) };
    found.set(recording, known);
    return known.answer;
  };
}
