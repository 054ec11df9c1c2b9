/** How routes answer: JSON that reads well after curl, complaints that are counted. */

import type { Context } from "hono";
import { type Complaint, complaintBody } from "./complaint.ts";
import type { Env, Site } from "./site.ts";

const json = { "content-type": "application/json" } as const;

export const answerJson = (c: Context<Env>, value: unknown): Response =>
  c.body(`${JSON.stringify(value, null, 2)}\n`, 200, json);

export function complain(c: Context<Env>, site: Site, complaint: Complaint): Response {
  site.refuse(complaint);
  const headers = complaint.closes === true ? { ...json, connection: "close" } : json;
  return c.body(complaintBody(complaint), complaint.status, headers);
}
