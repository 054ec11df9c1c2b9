/**
 * The protocol's own judges at a running cluster. They must hear every node, in the order in which
 * things happened, so they sit where all nodes live in one process: in memory, behind HTTP, in the
 * simulator; not across processes.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Violation } from "../../core/inspector.ts";
import type { Effect, Input } from "../../core/machine.ts";
import type { Message, Signed } from "../../core/messages.ts";
import type { Observer } from "../../core/ports.ts";
import { Inspection } from "../../sim/inspection.ts";
import type { ClusterSpec } from "../cluster.ts";
import { isHonest } from "../meters/verdict.ts";
import { membersOf } from "./assembly.ts";

// Steps and messages that are kept until somebody has the time to judge them.
const mostHeard = 100_000;
// A broken run breaks in every slot: nothing more is looked for then.
const mostViolations = 100;

type Heard =
  | { readonly node: NodeId; readonly signed: Signed<Message> }
  | {
      readonly node: NodeId;
      readonly input: Input<Message>;
      readonly effects: readonly Effect<Message>[];
    };

/**
 * The judges at this cluster. Where signatures are left out to see what they cost, nobody listens: even
 * taking notes would show in the figures.
 */
export function inspectedIn(spec: ClusterSpec): InspectedCluster | undefined {
  const isBare = spec.auth === "none" && spec.transport !== "simulated";
  return isBare || spec.isJudged === false ? undefined : new InspectedCluster(spec);
}

/**
 * Judging costs some percent of a round, so what is measured in real time is only noted, and judged when
 * the bench looks something up. More than can be noted until then is not judged, and nothing after it
 * is: judges that miss a step see lies where there are none.
 */
export class InspectedCluster {
  /** To be told of everything that the members do. */
  readonly observer: Observer<Message>;
  readonly #inspection: Inspection<Message>;
  readonly #violations: Violation[] = [];
  readonly #isVirtual: boolean;
  #heard: Heard[] = [];
  #lastSaid: Signed<Message> | undefined;
  #isOver = false;

  constructor(spec: ClusterSpec) {
    const { protocol, n, settings, transport } = spec;
    const replicas = membersOf(spec, () => undefined).filter(({ isReplica }) => isReplica);
    const honest = new Set(replicas.filter(isHonest).map(({ id }) => id));
    const f = protocol.faultsTolerated(n);
    this.#inspection = new Inspection(protocol, { n, f, settings, honest });
    this.#isVirtual = transport === "simulated";
    this.observer = {
      sent: (node, _to, signed) => {
        // A broadcast is one statement.
        if (signed === this.#lastSaid) return;
        this.#lastSaid = signed;
        this.#note({ node, signed });
      },
      stepped: (node, input, effects) => this.#note({ node, input, effects }),
    };
  }

  /** Judges what was noted since the last call; the answer is all that was ever found. */
  judge(): readonly Violation[] {
    const heard = this.#heard;
    this.#heard = [];
    for (const each of heard) {
      if (this.#violations.length >= mostViolations) {
        this.#isOver = true;
        break;
      }
      this.#violations.push(...this.#judge(each));
    }
    return this.#violations;
  }

  #note(heard: Heard): void {
    if (this.#isOver) return;
    if (this.#heard.length >= mostHeard) {
      // In virtual time, judging takes no time from anybody.
      if (this.#isVirtual) this.judge();
      else this.#isOver = true;
    }
    if (!this.#isOver) this.#heard.push(heard);
  }

  #judge(heard: Heard): readonly Violation[] {
    return "signed" in heard
      ? this.#inspection.sent(heard.node, heard.signed)
      : this.#inspection.stepped(heard.node, heard.input, heard.effects);
  }
}
