/** The mode that signs wrongly. The seal itself is spoiled, after all other faults. */

import type { Fault } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import type { EnvelopeMode } from "./mode.ts";

export const badSignature = <M extends Message>(): Fault<M> => ({
  name: "bad-signature",
  onSend(envelope, context) {
    context.witness();
    return [{ ...envelope, isBadlySealed: true }];
  },
});

export const badSignatureMode: EnvelopeMode = {
  kind: "envelope",
  name: "bad-signature",
  help: "signs wrongly, whatever it sends",
  roles: "any",
  argument: undefined,
  takesWindow: true,
  create: () => badSignature(),
};
