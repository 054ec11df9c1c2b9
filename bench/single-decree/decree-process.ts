/** The program of a process with one node or client of a decree, told by its parent what to do. */

import type { Answer, Order } from "./crew.ts";
import { Station } from "./station.ts";

let station: Station | undefined;

// Ctrl-C reaches the whole group: when to end is for the parent to say, or for its death.
process.on("SIGINT", () => {});
process.on("disconnect", () => process.exit(0));
process.on("message", (order: Order) => {
  obey(order).then(answer, (error: unknown) => {
    answer({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  });
});

async function obey(order: Order): Promise<Answer> {
  switch (order.kind) {
    case "open":
      station = new Station(order.plan, 1, (event) => answer({ kind: "happened", event }));
      return { kind: "listening", url: await station.listen(order.id) };
    case "start":
      station?.start(order.urls, order.atMs);
      return { kind: "done" };
    case "rest":
      await station?.close();
      station = undefined;
      return { kind: "done" };
  }
}

function answer(said: Answer): void {
  process.send?.(said);
}
