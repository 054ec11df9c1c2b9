/** Where peers post: envelopes are checked, admitted and put in the inbox; the answer goes out first. */

import type { Context, Hono } from "hono";
import { type Check, isId, isSigned } from "../core/decode.ts";
import type { NodeId } from "../core/ids.ts";
import type { Message, Signed } from "../core/messages.ts";
import { complain } from "./answers.ts";
import { readJsonText } from "./body.ts";
import { badRequest, type Complaint } from "./complaint.ts";
import { relayPath } from "./http-transport.ts";
import type { Receiver } from "./receiver.ts";
import type { Env, Site } from "./site.ts";

/** Most envelopes in one post. */
const longestList = 10_000;

export function addMessageRoutes(app: Hono<Env>, site: Site): void {
  const isEnvelope = isSigned(site.protocol.check);

  const take = async (
    c: Context<Env>,
    receiver: Receiver,
    kind: string | undefined,
  ): Promise<Response> => {
    const body = await readJsonText(c.env.incoming, site.maxBodyBytes);
    if (body.complaint !== undefined) return complain(c, site, body.complaint);
    const read = readEnvelopes(body.text, isEnvelope, kind);
    if (read.complaint !== undefined) return complain(c, site, read.complaint);
    await site.inbox.arrivals();
    const refusal = admitAll(site, receiver, read.items);
    return refusal === undefined ? c.body(null, 202) : complain(c, site, refusal);
  };

  app.post("/messages", (c) => take(c, site.member, undefined));
  for (const kind of site.protocol.kinds) {
    app.post(`/${kind}`, (c) => take(c, site.member, kind));
  }
  app.post("/clients/:client/messages", (c) => {
    const client = site.clientNamed(c.req.param("client"));
    return client === undefined ? complain(c, site, noClient) : take(c, client, undefined);
  });

  app.post(relayPath, async (c) => {
    const body = await readJsonText(c.env.incoming, site.maxBodyBytes);
    if (body.complaint !== undefined) return complain(c, site, body.complaint);
    const read = readLetters(body.text, isEnvelope);
    if (read.complaint !== undefined) return complain(c, site, read.complaint);
    await site.inbox.arrivals();
    for (const [to, signed] of read.items) relay(site, to, signed);
    return c.body(null, 202);
  });
}

export const noClient: Complaint = {
  status: 404,
  code: "no-such-client",
  message: "no client of that name lives at this node",
};

/** Undefined when at least one envelope was taken in. */
function admitAll(
  { inbox }: Site,
  receiver: Receiver,
  envelopes: readonly Signed<Message>[],
): Complaint | undefined {
  let refused: Complaint | undefined;
  let admitted = 0;
  for (const signed of envelopes) {
    const refusal = receiver.admit(signed);
    if (refusal === undefined) {
      inbox.put(receiver, signed);
      admitted += 1;
    } else {
      refused = refusals[refusal];
    }
  }
  return admitted > 0 ? undefined : refused;
}

const refusals: Readonly<Record<NonNullable<ReturnType<Receiver["admit"]>>, Complaint>> = {
  "unknown sender": {
    status: 401,
    code: "unknown-sender",
    message: "nobody of the name in .from takes part here",
  },
  "bad signature": {
    status: 401,
    code: "bad-signature",
    message: "the signature is not that of .from on this message",
  },
  down: { status: 409, code: "down", message: "this participant has crashed" },
};

/** Nobody hears who was not there: what a neighbour refuses, it counts itself. */
function relay(site: Site, to: NodeId, signed: Signed<Message>): void {
  const receiver = site.neighbour(to);
  const refusal = receiver === undefined ? "down" : receiver.admit(signed);
  if (refusal === "down") site.inbox.lost += 1;
  else if (receiver !== undefined && refusal === undefined) site.inbox.put(receiver, signed);
}

type Read<T> =
  | { readonly items: readonly T[]; readonly complaint?: undefined }
  | { readonly items?: undefined; readonly complaint: Complaint };

/** One envelope or several, each as the check says and of this kind, if one is asked for. */
function readEnvelopes(
  text: string,
  isEnvelope: Check,
  kind: string | undefined,
): Read<Signed<Message>> {
  const value = parse(text);
  if (value === undefined) return notJson(text);
  const list: readonly unknown[] = kind === undefined && Array.isArray(value) ? value : [value];
  if (list.length === 0 || list.length > longestList) return badLength;
  for (const item of list) {
    const expected = isEnvelope(item);
    if (expected !== undefined) return badShape("envelope", expected);
  }
  const items = list as readonly Signed<Message>[];
  const other = items.find(({ message }) => kind !== undefined && message.kind !== kind);
  if (other === undefined) return { items };
  return badShape("envelope", `.message.kind must be "${kind}" here, not "${other.message.kind}"`);
}

function readLetters(
  text: string,
  isEnvelope: Check,
): Read<readonly [to: NodeId, signed: Signed<Message>]> {
  const value = parse(text);
  if (value === undefined) return notJson(text);
  if (!Array.isArray(value) || value.length === 0 || value.length > longestList) return badLength;
  for (const item of value as readonly unknown[]) {
    if (!Array.isArray(item) || item.length !== 2) {
      return badShape("letter", "must be a list of a name and an envelope");
    }
    const expected = isId(item[0]) ?? isEnvelope(item[1]);
    if (expected !== undefined) return badShape("letter", expected);
  }
  return { items: value as readonly (readonly [NodeId, Signed<Message>])[] };
}

/** Undefined when it is not JSON; JSON has no undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notJson = (text: string) => ({
  complaint: badRequest("malformed-json", `the body is not JSON: it starts with ${shown(text)}`),
});

const shown = (text: string): string => JSON.stringify(text.slice(0, 40).toWellFormed());

const badShape = (what: string, expected: string) => ({
  complaint: badRequest(
    "bad-message",
    /^[.[]/.test(expected) ? what + expected : `${what} ${expected}`,
  ),
});

const badLength = {
  complaint: badRequest(
    "bad-message",
    `one envelope or a list of 1 to ${longestList} envelopes is expected`,
  ),
};
