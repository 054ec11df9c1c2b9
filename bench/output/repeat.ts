/** The command that runs a cell again, with the seed that made it what it was. */

import { type Cell, timeoutMsFor, usualWarmUp } from "../cell.ts";
import { clientsOfOpenLoop } from "../experiment.ts";
import { settings } from "../options/knobs.ts";

/** As one would type it; knobs at their usual values are left out. */
export function commandFor(cell: Cell, seed: number): string {
  const flags: [string, string | number | undefined, (string | number)?][] = [
    ["protocol", cell.protocol],
    ["n", cell.n],
    ["fault", cell.fault, "none"],
    ["transport", cell.transport, "http"],
    ["place", cell.place, "in-process"],
    ["auth", cell.auth, "ed25519"],
    ["network", cell.network, "lan"],
    ["service", cell.service, "echo"],
    ["payload", cell.service === "bank" ? undefined : cell.payload, 64],
    ["batch", cell.batch, 1],
    ["coalesce", cell.coalesce, "none"],
    ["disk", cell.disk, "none"],
    ["clients", cell.clients, cell.rate === 0 ? 1 : clientsOfOpenLoop],
    ["rate", cell.rate, 0],
    ["arrivals", cell.arrivals, "poisson"],
    ["requests", cell.requests, settings.requests.initial],
    ["duration", cell.durationMs],
    ["warmup", cell.warmup, usualWarmUp({ rate: cell.rate, duration: cell.durationMs })],
    ["timeout", cell.timeoutMs, timeoutMsFor(cell.n)],
    ["patience", cell.patienceMs / cell.timeoutMs, settings.patience.initial],
    ["checkpoint", cell.checkpoint, settings.checkpoint.initial],
    ["trust", cell.trust],
    ["repetitions", 1],
    ["seed", seed],
  ];
  const words = flags
    .filter(([, value, usual]) => value !== undefined && value !== usual)
    .map(([name, value]) => `--${name} ${quoted(String(value))}`);
  return `npm run bench -- run ${words.join(" ")}`;
}

const quoted = (text: string): string => (/^[\w@.,+/=-]+$/.test(text) ? text : `'${text}'`);
