/** Whom a client of a flood asks, and whom it believes: the commander, and nobody else. */

import type { Answer, ClientRule } from "../core/client.ts";
import type { Signed } from "../core/messages.ts";
import type { ClientSetup } from "../core/protocol.ts";
import type { FloodMessage } from "./messages.ts";
import { commander } from "./state.ts";

export function floodRule({ id }: Pick<ClientSetup<FloodMessage>, "id">): ClientRule<FloodMessage> {
  return {
    everybody: [commander],
    leaderOf: () => commander,
    // Nobody else answers: a lie of the commander is believed.
    needed: 1,
    readAnswer: (signed) => readAnswer(id, signed),
  };
}

function readAnswer(client: string, { from, message }: Signed<FloodMessage>): Answer | string {
  if (message.kind !== "reply") return "not a reply";
  if (message.client !== client) return "reply to another client";
  if (from !== commander || message.replica !== from) return "reply of nobody that was asked";
  const { timestamp, view, sequence, result } = message;
  return { timestamp, view, slot: sequence, result };
}
