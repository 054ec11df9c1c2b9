/** All routes of a node. Whatever else is asked for gets an answer, too. */

import { type Context, Hono } from "hono";
import { complain } from "./answers.ts";
import type { Complaint } from "./complaint.ts";
import { addControlRoutes } from "./control-routes.ts";
import { addEventRoutes } from "./event-routes.ts";
import { addGatewayRoutes } from "./gateway-routes.ts";
import { addKeyValueRoutes } from "./key-value/routes.ts";
import { addMessageRoutes } from "./message-routes.ts";
import type { Env, Site } from "./site.ts";
import { addViewRoutes } from "./view-routes.ts";

export function createApp(site: Site): Hono<Env> {
  const app = new Hono<Env>();
  if (site.logsRequests) {
    app.use(async (c, next) => {
      const startMs = performance.now();
      await next();
      site.answered(c.req.method, c.req.path, c.res.status, performance.now() - startMs);
    });
  }
  // First come, first served: a message kind that is called like another route does not hide it.
  addGatewayRoutes(app, site);
  addViewRoutes(app, site);
  addEventRoutes(app, site);
  addKeyValueRoutes(app, site);
  addControlRoutes(app, site);
  addMessageRoutes(app, site);
  app.notFound((c) => complain(c, site, noSuchRoute(c, app)));
  app.onError((error, c) => complain(c, site, ownFault(error)));
  return app;
}

/** 405 where the path is right and the method is not, else 404. */
function noSuchRoute(c: Context<Env>, app: Hono<Env>): Complaint {
  const { method, path } = c.req;
  const shown = `${method} ${path.slice(0, 80)}`;
  const other = method === "GET" || method === "HEAD" ? "POST" : "GET";
  const [matches] = app.router.match(other, path);
  if (matches.length > 0) {
    const message = `${shown} is not possible, only ${other}`;
    return { status: 405, code: "method-not-allowed", message };
  }
  const message = `there is no ${shown}: see GET /status, /log, /metrics, /events and POST /preprepare, /messages`;
  return { status: 404, code: "not-found", message };
}

/** Ours, not the sender's: said, counted, and the node goes on. */
const ownFault = (error: Error): Complaint => ({
  status: 500,
  code: "internal-error",
  message: `this is a mistake of the node, not of the request: ${error.message}`,
});
