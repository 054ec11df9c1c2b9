/** What is compared with itself when nobody says: small clusters, many requests, delays that vary. */

import type { Cell } from "../cell.ts";
import type { TransportName } from "../cluster.ts";
import type { Choice } from "../options/choice.ts";
import { oneCell } from "../options/one-cell.ts";

/** In virtual time nothing but the network makes two runs differ. */
const variedNetwork = "delay=20ms~8ms";
/** Without a delay latency is all CPU, and shared machines change by a tenth from one second to the next. */
const nearNetwork = "delay=5ms";

export function usualCell(transport: TransportName, choice: Choice): Cell {
  const isVirtual = transport === "simulated";
  const network = isVirtual ? variedNetwork : nearNetwork;
  const asked: Choice = { network: [network], ...choice, transport: [transport] };
  return oneCell(
    asked,
    "aa",
    isVirtual ? { requests: 20, warmup: 0 } : { requests: 10, warmup: 10 },
  );
}
