/** Ready-made curl lines for a cluster that runs: each does what it says when it is pasted. */

import { serviceNamed } from "../services/services.ts";
import type { ClusterMember, ServiceName } from "./cluster.ts";

export interface CurlLine {
  readonly does: string;
  readonly line: string;
}

/** For nodes at these addresses; the first that is there gets most of them. */
export function curlLines(
  members: readonly ClusterMember[],
  service: ServiceName,
  hasControl: boolean,
): readonly CurlLine[] {
  const live = members.filter(
    ({ faults, url }) => url !== undefined && !faults.includes("offline"),
  );
  const [first, second = first] = live;
  if (first?.url === undefined || second?.url === undefined) return [];
  const data = JSON.stringify({ data: serviceNamed(service).example });
  const post = `curl -X POST -H 'Content-Type: application/json' -d ${quoted(data)}`;
  return [
    { does: "is it there, and what does it know", line: `curl ${first.url}/status` },
    { does: "one request, run to its end", line: `${post} ${first.url}/preprepare` },
    {
      does: "the same at another node, as text",
      line: `${post} -H 'Accept: text/plain' ${second.url}/preprepare`,
    },
    { does: "the message log", line: `curl ${quoted(`${first.url}/log?from=1&to=10`)}` },
    { does: "counters for Prometheus", line: `curl ${first.url}/metrics` },
    { does: "what happens, as it happens", line: `curl -N ${first.url}/events` },
    ...(hasControl ? controlLines(second.url) : []),
  ];
}

const controlLines = (url: string): readonly CurlLine[] => [
  { does: "let it crash", line: `curl -X POST ${url}/control/crash` },
  { does: "let it come back", line: `curl -X POST ${url}/control/recover` },
  {
    does: "let it lie",
    line: `curl -X POST -H 'Content-Type: application/json' -d '{"fault": "malicious"}' ${url}/control/fault`,
  },
];

/** For a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
