/** Lets a node crash in a phase: its message does not leave, and whoever keeps the node is told. */

import type { Fault } from "../../core/fault.ts";
import type { NodeId } from "../../core/ids.ts";
import type { Message } from "../../core/messages.ts";
import { crashBefore, type SingleDecreeMessage } from "../../paxos/single-decree/index.ts";
import type { Crash, Deployment } from "./deployment.ts";

export const crashOf = ({ crashes }: Pick<Deployment, "crashes">, id: NodeId): Crash | undefined =>
  crashes.find(({ node }) => node === id);

/** Whether it is not there from the start. */
export const isAbsent = (deployment: Pick<Deployment, "crashes">, id: NodeId): boolean => {
  const crash = crashOf(deployment, id);
  return crash !== undefined && crash.before === undefined;
};

/** For one life of the node; `onCrash` is called once. */
export function crashFaults(
  deployment: Pick<Deployment, "crashes">,
  id: NodeId,
  onCrash: () => void,
): readonly Fault<Message>[] {
  const before = crashOf(deployment, id)?.before;
  return before === undefined ? [] : [announced(crashBefore(before), onCrash)];
}

function announced(fault: Fault<SingleDecreeMessage>, onCrash: () => void): Fault<Message> {
  let isTold = false;
  const telling: Fault<SingleDecreeMessage> = {
    ...fault,
    onSend(envelope, context) {
      const leaving = fault.onSend(envelope, context);
      if (leaving.length === 0 && !isTold) {
        isTold = true;
        onCrash();
      }
      return leaving;
    },
  };
  return telling;
}
