/** What one may do to a running node for a demo: only where allowed, and only from this machine. */

import type { Context, Hono } from "hono";
import { answerJson, complain } from "./answers.ts";
import { readJsonText } from "./body.ts";
import { badRequest, type Complaint } from "./complaint.ts";
import type { Env, Site } from "./site.ts";
import { parseStrictly } from "./strict-json.ts";

/** Where a node that plays dead still listens. */
export const recoverPath = "/control/recover";

export function addControlRoutes(app: Hono<Env>, site: Site): void {
  const control = (path: string, fields: Fields, act: Act) =>
    app.post(path, async (c) => {
      const barred = objectionTo(c, site);
      if (barred !== undefined) return complain(c, site, barred);
      const read = await readFields(c, site, fields);
      if (read.complaint !== undefined) return complain(c, site, read.complaint);
      const complaint = await act(read.values);
      return complaint === undefined ? answerJson(c, site.status()) : complain(c, site, complaint);
    });

  control("/control/crash", { losesDisk: "boolean" }, ({ losesDisk }) => {
    site.crash(losesDisk === true);
    return undefined;
  });
  control(recoverPath, {}, async () => {
    await site.recover();
    return undefined;
  });
  control("/control/fault", { fault: "string" }, ({ fault }) => {
    const problem = typeof fault === "string" ? site.addFault(fault) : faultIsNeeded;
    return problem === undefined ? undefined : badRequest("bad-fault", problem);
  });
}

const faultIsNeeded = 'an object {"fault": "MODE"} is expected, such as {"fault": "malicious"}';

function objectionTo(c: Context<Env>, { hasControl }: Site): Complaint | undefined {
  if (!hasControl) {
    return { status: 403, code: "no-control", message: "start it with --control to allow this" };
  }
  const { remoteAddress } = c.env.incoming.socket;
  if (remoteAddress === undefined || !isLoopback.test(remoteAddress)) return onlyLocal;
  // A page of somebody else's, open in a browser here, is not this machine's user.
  const origin = c.req.header("origin");
  return origin === undefined || origin === `http://${c.req.header("host")}`
    ? undefined
    : onlyLocal;
}

const isLoopback = /^(::ffff:)?127\.|^::1$/;
const onlyLocal: Complaint = {
  status: 403,
  code: "not-local",
  message: "this is only allowed from the machine on which the node runs",
};

type Act = (values: Values) => Complaint | undefined | Promise<undefined>;
type Fields = Readonly<Record<string, "string" | "boolean">>;
type Values = Readonly<Record<string, unknown>>;
type Read =
  | { readonly values: Values; readonly complaint?: undefined }
  | { readonly values?: undefined; readonly complaint: Complaint };

/** An object with some of these fields, or no body at all. */
async function readFields(c: Context<Env>, site: Site, fields: Fields): Promise<Read> {
  const { headers } = c.env.incoming;
  const isEmpty =
    headers["transfer-encoding"] === undefined && !(Number(headers["content-length"]) > 0);
  if (isEmpty) return { values: {} };
  const body = await readJsonText(c.env.incoming, site.maxBodyBytes);
  if (body.complaint !== undefined) return { complaint: body.complaint };
  const { value, problem } = parseStrictly(body.text);
  if (problem !== undefined) return { complaint: badRequest("malformed-json", problem) };
  if (typeof value !== "object" || value === null || Array.isArray(value)) return isNoObject;
  for (const [name, field] of Object.entries(value)) {
    const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (type !== undefined && typeof field === type) continue;
    const problem = type === undefined ? "is not a field of it" : `must be a ${type}`;
    return {
      complaint: badRequest("bad-request", `.${name.slice(0, 40).toWellFormed()} ${problem}`),
    };
  }
  return { values: value as Values };
}

const isNoObject = { complaint: badRequest("bad-request", "an object is expected") };
