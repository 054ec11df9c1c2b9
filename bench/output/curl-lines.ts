/** Ready-made curl lines for a cluster that runs: each does what it says when it is pasted. */

import { serviceNamed } from "../../services/services.ts";
import type { ClusterMember, ClusterSpec } from "../cluster.ts";

export interface CurlLine {
  readonly does: string;
  readonly line: string;
}

/** For nodes at these addresses; the first that is there gets most of them. */
export function curlLines(
  members: readonly ClusterMember[],
  { protocol, service, hasControl }: Pick<ClusterSpec, "protocol" | "service" | "hasControl">,
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
    ...(service === "kv" ? keyValueLines(first.url, second.url) : []),
    ...(protocol.name === "pbft" ? [stateLine(second.url)] : []),
    { does: "the message log", line: `curl ${quoted(`${first.url}/log?from=1&to=10`)}` },
    { does: "counters for Prometheus", line: `curl ${first.url}/metrics` },
    { does: "what happens, as it happens", line: `curl -N ${first.url}/events` },
    ...(hasControl ? controlLines(second.url) : []),
    ...(first.pid === undefined ? [] : [killLine(first.id, first.pid)]),
  ];
}

/** As seed 001 has them. */
const keyValueLines = (url: string, other: string): readonly CurlLine[] => [
  {
    does: "set a key",
    line: `curl ${url}/api/v1/kv -H 'Content-Type: application/json' -d '{"key":"test_key", "value":"test_value"}'`,
  },
  {
    does: "get it by consensus, at another node",
    line: `curl ${quoted(`${other}/api/v1/kv?key=test_key`)}`,
  },
  {
    does: "get it from the copy of one node",
    line: `curl ${quoted(`${other}/api/v1/kv/local?key=test_key`)}`,
  },
];

const stateLine = (url: string): CurlLine => ({
  does: "the state of a replica",
  line: `curl ${url}/api/v1/pbft/state`,
});

const killLine = (id: string, pid: number): CurlLine => ({
  does: `end ${id} for good`,
  line: `kill ${pid}`,
});

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
