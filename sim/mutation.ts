/** Small-scope lies as faults: one field of one kind of message is slightly off (ByzzFuzz). */

import type { Envelope, Fault } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import type { MutationEvent } from "./schedule.ts";

export function mutationFault(event: MutationEvent): Fault<Message> {
  const lies = new WeakMap<Message, Message>();
  return {
    name: "mutation",
    onSend(envelope, { now, witness, tools }) {
      if (now < event.fromMs || now >= event.untilMs || !isMeant(event, envelope)) {
        return [envelope];
      }
      if (event.by === "omit") {
        witness();
        return [];
      }
      const lie = lies.get(envelope.message) ?? mutate(envelope.message, event, tools.digest);
      if (lie === undefined) return [envelope];
      lies.set(envelope.message, lie);
      witness();
      return [{ ...envelope, message: lie, forwarded: undefined }];
    },
  };
}

const isMeant = ({ message, to }: MutationEvent, envelope: Envelope<Message>): boolean =>
  envelope.message.kind === message && to.includes(envelope.to);

function mutate(
  message: Message,
  { field, by }: MutationEvent,
  digest: (text: string) => string,
): Message | undefined {
  if (!Object.hasOwn(message, field)) return undefined;
  const value: unknown = (message as unknown as Readonly<Record<string, unknown>>)[field];
  if (typeof value === "number" && typeof by === "number") {
    return { ...message, [field]: Math.max(0, value + by) };
  }
  if (typeof value === "string" && by === "another") {
    return { ...message, [field]: digest(`another ${value}`) };
  }
  return undefined;
}
