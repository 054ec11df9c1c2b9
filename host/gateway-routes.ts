/** Where clients post an operation: it runs to its end, whichever node it is posted to. */

import type { Context, Hono } from "hono";
import type { Json } from "../core/encoding.ts";
import { complain } from "./answers.ts";
import { readJsonText } from "./body.ts";
import { badRequest, type Complaint } from "./complaint.ts";
import type { RunOutcome } from "./lane.ts";
import { readQuery } from "./query.ts";
import { reportOf } from "./round-report.ts";
import { roundJson, roundText } from "./round-text.ts";
import type { Env, Site } from "./site.ts";
import { parseStrictly } from "./strict-json.ts";
import { wholeNumber } from "./view-routes.ts";

export function addGatewayRoutes(app: Hono<Env>, site: Site): void {
  app.post("/preprepare", async (c) => {
    const query = readQuery(c.req.url, {
      counts: yesOrNo,
      lane: wholeNumber,
      patienceMs: wholeNumber,
    });
    const body = await readJsonText(c.env.incoming, site.maxBodyBytes);
    if (body.complaint !== undefined) return complain(c, site, body.complaint);
    if (query.complaint !== undefined) return complain(c, site, query.complaint);
    const data = readData(body.text);
    if (data.complaint !== undefined) return complain(c, site, data.complaint);
    const read = site.readOperation(data.value);
    if (read.problem !== undefined)
      return complain(c, site, badRequest("bad-operation", read.problem));
    const { counts = true, lane, patienceMs = site.patienceMs } = query.values;

    const ticket = site.run(read.operation, patienceMs, lane);
    if (ticket.outcome === undefined) return complain(c, site, noRoom[ticket.problem]);
    const outcome = await ticket.outcome;
    if (outcome.acceptance === undefined) return complain(c, site, notAccepted(outcome));
    const report = counts
      ? await site.reportRound(read.operation, outcome)
      : reportOf(site.protocol, site.n, outcome);
    return wantsText(c)
      ? c.text(roundText(report, site.protocol.title))
      : c.body(roundJson(report), 200, { "content-type": "application/json" });
  });
}

type Data =
  | { readonly value: Json; readonly complaint?: undefined }
  | { readonly value?: undefined; readonly complaint: Complaint };

/** `{"data": …}`, any JSON, and nothing else. */
function readData(text: string): Data {
  const parsed = parseStrictly(text);
  if (parsed.problem !== undefined) {
    return { complaint: badRequest("malformed-json", parsed.problem) };
  }
  const { value } = parsed;
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isObject || !Object.hasOwn(value, "data")) return { complaint: noData };
  const other = Object.keys(value).find((name) => name !== "data");
  if (other !== undefined) {
    const message = `${JSON.stringify(other.slice(0, 40).toWellFormed())} is not a field of it: ${expected}`;
    return { complaint: badRequest("bad-request", message) };
  }
  return { value: (value as { readonly data: Json }).data };
}

const expected = 'an object {"data": …} is expected, with any JSON in place of …';
const noData = badRequest("bad-request", expected);

export const noRoom: Readonly<Record<"full" | "no such lane", Complaint>> = {
  full: {
    status: 429,
    code: "too-many-requests",
    message: "too many requests wait at this node already",
  },
  "no such lane": badRequest("bad-query", "lane must be the number of a client here, from 0"),
};

const notAccepted = ({ client, request, reason }: RunOutcome): Complaint => ({
  status: 504,
  code: "not-accepted",
  message: `the request was not accepted: ${reason ?? "no reason is known"}`,
  detail: { client, ...request },
});

const yesOrNo = (text: string): boolean | string =>
  text === "yes" || text === "no" ? text === "yes" : "must be yes or no";

/** What comes first counts: curl and browsers say either nothing of the two or what they want. */
function wantsText(c: Context<Env>): boolean {
  const accept = c.req.header("accept") ?? "";
  const text = accept.indexOf("text/plain");
  const json = accept.indexOf("application/json");
  return text !== -1 && (json === -1 || text < json);
}
