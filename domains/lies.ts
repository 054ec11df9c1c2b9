/** How a node lies inside its domain, as the protocol there has it; to other domains; and to clients. */

import type { Lies, LieTools } from "../core/fault.ts";
import type { Message } from "../core/messages.ts";
import type { Protocol } from "../core/protocol.ts";
import { type DomainMessage, isBlock, isOutcome, isScoped } from "./messages.ts";
import { type Scope, scopeOf } from "./scope.ts";

type Tools<M extends Message> = LieTools<DomainMessage<M>>;
type Lie = "corrupt" | "equivocate" | "forge" | "misreport";

export function liesAround<M extends Message>({ lies }: Pick<Protocol<M>, "lies">) {
  const tell = (lie: Lie, message: DomainMessage<M>, tools: Tools<M>) => {
    if (isScoped(message)) {
      const scope = scopeOf(message);
      const told = scope && lies[lie]?.(message.inner, toolsInside(scope, tools));
      return told === undefined ? undefined : scope?.wrap(told);
    }
    if (isBlock(message)) {
      const scope = scopeOf(message);
      // A false vote is none of its own here: what it shows is what the protocol would show.
      const told = scope && lies[lie]?.(message.evidence, toolsInside(scope, tools));
      return told === undefined ? undefined : { ...message, evidence: told };
    }
    if (!isOutcome(message)) return undefined;
    if (lie === "corrupt") return { ...message, result: '"Corrupt"' };
    return lie === "equivocate" ? { ...message, result: '"Equivocation"' } : undefined;
  };
  const around: Lies<DomainMessage<M>> = {
    corrupt: (message, tools) => tell("corrupt", message, tools),
    equivocate: (message, tools) => tell("equivocate", message, tools),
    forge: (message, tools) => tell("forge", message, tools),
    // Which domain's view or roles to disturb cannot be told without a message of it.
    spam: () => undefined,
    ...(lies.misreport === undefined
      ? {}
      : { misreport: (message, tools) => tell("misreport", message, tools) }),
  };
  return around;
}

function toolsInside<M extends Message>(scope: Scope<M>, tools: Tools<M>): LieTools<M> {
  const self = scope.inside(tools.self) ?? tools.self;
  return {
    self,
    digest: (text) => tools.digest(text),
    seal: (message) => ({ ...tools.seal(scope.wrap(message)), from: self, message }),
    requests: tools.requests,
  };
}
