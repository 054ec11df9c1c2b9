/** What anybody may look at: status, message log, counters, deliveries. */

import type { Context, Hono } from "hono";
import { answerJson, complain } from "./answers.ts";
import { badRequest, type Complaint } from "./complaint.ts";
import { noClient } from "./message-routes.ts";
import { metricsOf, metricsType } from "./metrics.ts";
import { readQuery } from "./query.ts";
import type { Env, Site } from "./site.ts";

export function addViewRoutes(app: Hono<Env>, site: Site): void {
  app.get("/status", (c) => answerJson(c, site.status()));
  app.get("/log", (c) =>
    withRange(c, site, (from, to) => answerJson(c, { id: site.id, entries: site.log(from, to) })),
  );
  app.get("/clients/:client/log", (c) =>
    withRange(c, site, (from, to) => {
      const client = c.req.param("client");
      const entries = site.clientLog(client, from, to);
      if (entries === undefined) return complain(c, site, noClient);
      return answerJson(c, { id: client, entries });
    }),
  );
  app.get("/deliveries", (c) =>
    withRange(c, site, (from, to) => answerJson(c, site.deliveries(from, to))),
  );
  app.get("/metrics", async (c) => {
    const text = await metricsOf(site);
    return c.body(text, 200, { "content-type": metricsType });
  });
  // The bench reads these two often, and nobody else does.
  app.get("/traffic", (c) => c.json(site.traffic()));
  app.get("/report", (c) => {
    const query = readQuery(c.req.url, { after: wholeNumber });
    if (query.complaint !== undefined) return complain(c, site, query.complaint);
    return c.json(site.report(query.values.after ?? 0));
  });
}

/** `?from=&to=`, both included; what is not said is not limited. */
function withRange(
  c: Context<Env>,
  site: Site,
  answer: (from: number, to: number) => Response,
): Response {
  const query = readQuery(c.req.url, { from: wholeNumber, to: wholeNumber });
  if (query.complaint !== undefined) return complain(c, site, query.complaint);
  const { from = 0, to = Number.MAX_SAFE_INTEGER } = query.values;
  return from > to ? complain(c, site, backwards) : answer(from, to);
}

const backwards: Complaint = badRequest("bad-query", "from must not be greater than to");

/** The number, or what was expected. */
export function wholeNumber(text: string): number | string {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : "must be a whole number from 0 to 2^53 − 1";
}
