/** What is compared with itself when nobody says: small clusters, many requests, delays that vary. */

import type { Cell } from "../cell.ts";
import type { TransportName } from "../cluster.ts";
import type { Choice } from "../options/choice.ts";
import { oneCell } from "../options/one-cell.ts";

/** In virtual time nothing but the network makes two runs differ. */
const variedNetwork = "delay=20ms~8ms";

export function usualCell(transport: TransportName, choice: Choice): Cell {
  const network = transport === "simulated" ? { network: [variedNetwork] } : {};
  const asked: Choice = { ...network, ...choice, transport: [transport] };
  return oneCell(asked, "aa", { requests: 20, warmup: transport === "simulated" ? 0 : 20 });
}
