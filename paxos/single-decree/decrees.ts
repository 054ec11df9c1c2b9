/** Decrees: requests that clients signed, and what tells one from another. */

import { requestText } from "../../core/messages.ts";
import type { Tools } from "../../core/protocol.ts";
import type { Decree, SingleDecreeMessage } from "./messages.ts";

export const isSameDecree = (a: Decree, b: Decree): boolean =>
  requestText(a.message) === requestText(b.message);

export const isByItsClient = (tools: Tools<SingleDecreeMessage>, decree: Decree): boolean =>
  decree.from === decree.message.client && tools.isAuthentic(decree);
