/**
 * The key-value service of seed 001: writes and reads by consensus at any node, local reads, and the
 * state of the replica. A header `request-id` makes a request one that can safely be sent again.
 */

import type { Context, Hono } from "hono";
import { canonical, type Json } from "../../core/encoding.ts";
import type { Acceptance } from "../../core/machine.ts";
import { complain } from "../answers.ts";
import { readJsonText } from "../body.ts";
import { badRequest, type Complaint } from "../complaint.ts";
import { noRoom } from "../gateway-routes.ts";
import type { RunOutcome } from "../lane.ts";
import type { Env, Site } from "../site.ts";
import { readKey, readPair, readRequestId } from "./asked.ts";
import { replicaStateOf } from "./replica-state.ts";

export function addKeyValueRoutes(app: Hono<Env>, site: Site): void {
  app.post("/api/v1/kv", async (c) => {
    const body = await readJsonText(c.env.incoming, site.maxBodyBytes);
    if (body.complaint !== undefined) return complain(c, site, body.complaint);
    if (!site.hasKeyValue) return complain(c, site, noKeyValue);
    const { value: pair, complaint } = readPair(body.text);
    if (complaint !== undefined) return complain(c, site, complaint);
    return byConsensus(c, site, { op: "put", ...pair }, pair);
  });
  app.get("/api/v1/kv", async (c) => {
    if (!site.hasKeyValue) return complain(c, site, noKeyValue);
    const { value: key, complaint } = readKey(c.req.url);
    if (complaint !== undefined) return complain(c, site, complaint);
    return byConsensus(c, site, { op: "get", key }, { key });
  });
  app.get("/api/v1/kv/local", (c) => {
    if (!site.hasKeyValue) return complain(c, site, noKeyValue);
    const { value: key, complaint } = readKey(c.req.url);
    if (complaint !== undefined) return complain(c, site, complaint);
    const result = site.readLocally(canonical({ op: "get", key }));
    if (result === undefined) return complain(c, site, isDown);
    return answer(c, [["key", key], ...valueIn(JSON.parse(result) as StoreResult)]);
  });
  app.get("/api/v1/pbft/state", (c) => {
    const state = replicaStateOf(site);
    if (state.complaint !== undefined) return complain(c, site, state.complaint);
    return c.body(`${JSON.stringify(state.value)}\n`, 200, json);
  });
}

/** What the store answers; under an id, around the answer of then. */
interface StoreResult {
  readonly status: string;
  readonly reason?: string;
  readonly value?: Json;
}

interface OnceResult extends StoreResult {
  readonly slot?: number;
  readonly result?: StoreResult;
}

type Asked = { readonly key: string; readonly value?: Json };

async function byConsensus(
  c: Context<Env>,
  site: Site,
  operation: Json,
  asked: Asked,
): Promise<Response> {
  const { value: id, complaint } = readRequestId(c.req.header("request-id"));
  if (complaint !== undefined) return complain(c, site, complaint);
  const whole: Json = id === undefined ? operation : { op: "once", id, operation };
  const read = site.readOperation(whole);
  if (read.problem !== undefined)
    return complain(c, site, badRequest("bad-operation", read.problem));
  const ticket = site.run(read.operation, site.patienceMs, undefined);
  if (ticket.outcome === undefined) return complain(c, site, noRoom[ticket.problem]);
  const outcome = await ticket.outcome;
  return outcome.acceptance === undefined
    ? complain(c, site, await notAccepted(site, outcome, id))
    : answerTo(c, site, { ...asked, id }, outcome.acceptance);
}

/** In the words of the seed; `found` tells a key that is missing from one that holds null. */
function answerTo(
  c: Context<Env>,
  site: Site,
  { key, value, id }: Asked & { readonly id: string | undefined },
  { result, slot }: Acceptance,
): Response {
  const said = JSON.parse(result) as OnceResult;
  // Whatever the store itself refused stands inside of an answer under an id.
  if (said.status === "failed" || said.status === "invalid") {
    const message = `request-id ${JSON.stringify(id)} was used for another operation: choose a new one`;
    return complain(c, site, badRequest("request-id-reused", message));
  }
  const fields: Fields = [
    ["request_id", id ?? null],
    ["operation_sequence", said.slot ?? slot],
    ["key", key],
  ];
  const values: Fields =
    value === undefined ? valueIn(id === undefined ? said : said.result) : [["value", value]];
  return answer(c, [...fields, ...values]);
}

type Fields = readonly (readonly [name: string, value: Json])[];

const valueIn = (said: StoreResult | undefined): Fields => [
  ["value", said?.value ?? null],
  ["found", said?.status === "ok"],
];

const json = { "content-type": "application/json" } as const;

/** As the seed writes it, in this order; values keep what JSON.stringify would lose, such as −0. */
function answer(c: Context<Env>, fields: Fields): Response {
  const texts = fields.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`);
  return c.body(`{${texts.join(",")}}\n`, 200, json);
}

const noKeyValue: Complaint = {
  status: 404,
  code: "no-key-value-store",
  message: "this cluster replicates something else: start it with --service kv",
};

const isDown: Complaint = { status: 504, code: "down", message: "this node is down" };

/** Whether it could have been accepted at all, as far as this node can tell. */
async function notAccepted(
  site: Site,
  { client, request, reason }: RunOutcome,
  id: string | undefined,
): Promise<Complaint> {
  const { protocol, n } = site;
  const there = await site.countReachable();
  const promised = n - protocol.faultsTolerated(n);
  const who =
    there < promised
      ? `only ${there} of ${n} nodes can be reached from here, and ${protocol.title} needs ${promised} to promise an answer`
      : `${there} of ${n} nodes can be reached from here, so it may be accepted later`;
  const how =
    id === undefined
      ? "it may still be executed, and again if it is sent again without a request-id"
      : "sent again with this request-id it is executed once at most";
  return {
    status: 504,
    code: "not-accepted",
    message: `the request was not accepted: ${reason ?? "no reason is known"}; ${who}; ${how}`,
    detail: { client, ...request },
  };
}
