/** Answers every operation with itself. It has no state but a count, so that executions show. */

import type { Service } from "../core/service.ts";

export function createEcho(): Service {
  let executed = 0;
  return {
    execute(operation) {
      executed += 1;
      return {
        result: operation,
        undo: () => {
          executed -= 1;
        },
      };
    },
    snapshot: () => String(executed),
    restore: (snapshot) => {
      executed = Number(snapshot);
    },
    view: () => ({ executed }),
  };
}
