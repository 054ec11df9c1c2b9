/** Who may talk to the page's server: this machine, by its own name, from its own page. */

import type { MiddlewareHandler } from "hono";

const ownNames: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

export const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const headers: Readonly<Record<string, string>> = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};

/** A name of somebody else that points here is no name of ours: whoever uses it reads over our shoulder. */
const isOurs = (host: string): boolean => ownNames.has(host.replace(/:\d+$/, ""));

/** Posts change things: only our own page may send them, and says so in JSON. */
function isFromOurPage(request: Request, host: string): boolean {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const type = request.headers.get("content-type") ?? "";
  return (
    (origin === null || origin === `http://${host}`) &&
    (site === null || site === "same-origin" || site === "none") &&
    type.startsWith("application/json")
  );
}

export const guard: MiddlewareHandler = async (c, next) => {
  const host = c.req.header("host") ?? "";
  const refuse = (status: 403 | 405 | 421, code: string, message: string) =>
    c.json({ error: { code, message } }, status);
  if (!isOurs(host)) {
    return refuse(421, "other-host", "this server answers to 127.0.0.1 and localhost only");
  }
  const { method } = c.req;
  if (method !== "GET" && method !== "HEAD" && method !== "POST") {
    return refuse(405, "method", `${method} means nothing here, only GET and POST do`);
  }
  if (method === "POST" && !isFromOurPage(c.req.raw, host)) {
    return refuse(403, "other-site", "posts must be JSON and come from this page itself");
  }
  await next();
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return undefined;
};
