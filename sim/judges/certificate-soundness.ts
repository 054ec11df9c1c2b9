/**
 * Certificate soundness: whatever an honest node shows or keeps as proof holds a quorum of different
 * voters who may vote, all for the same; and no vote in an honest node's name that it never cast.
 */

import type { NodeId } from "../../core/ids.ts";
import type { Certificate, Inspected, Inspector, Violation } from "../../core/inspector.ts";
import type { Effect } from "../../core/machine.ts";
import type { Message } from "../../core/messages.ts";
import type { Protocol } from "../../core/protocol.ts";

/** What honest nodes cast is known; in the name of others anything may be shown. */
export function createCertificateSoundness<M extends Message>(
  { certificatesIn, signedText }: Pick<Protocol<M>, "certificatesIn" | "signedText">,
  { n, honest }: Pick<Inspected, "n" | "honest">,
): Inspector<M> {
  const cast = new Map<NodeId, Set<string>>();
  const castBy = (node: NodeId): Set<string> => {
    const known = cast.get(node) ?? new Set<string>();
    cast.set(node, known);
    return known;
  };
  const isForged = ({ voter, text }: Certificate["votes"][number]): boolean =>
    honest.has(voter) && cast.get(voter)?.has(text) !== true;

  function inspect(node: NodeId, certificate: Certificate): readonly Violation[] {
    const { name, slot, needed, says, mayVote, votes } = certificate;
    // Its own vote may stand in its own proof before it leaves by itself.
    for (const { voter, text } of votes) if (voter === node) castBy(node).add(text);
    const voters = new Set(votes.filter((vote) => vote.says === says).map(({ voter }) => voter));
    const strangers = [...voters].filter((voter) => !mayVote.includes(voter));
    const forged = votes.filter(isForged);
    const flaws = [
      ...(voters.size < needed ? [`${voters.size} of ${needed} voters`] : []),
      ...strangers.map((voter) => `a vote of ${voter}, who has none`),
      ...forged.map(({ voter, text }) => `"${text}" of ${voter}, who never said it`),
    ];
    return flaws.map((flaw) => ({
      judge: "certificate soundness",
      slot,
      nodes: [node, ...voters],
      digests: [says],
      message: `${node} shows that slot ${slot} is ${name} (${says}) with ${flaw}`,
    }));
  }

  return {
    stepped(node, _input, effects) {
      if (certificatesIn === undefined) return [];
      return effects.flatMap((effect) => {
        const certificates = certificatesIn(effect, n);
        const message = messageOf(effect);
        if (message !== undefined) castBy(node).add(signedText(message));
        return certificates.flatMap((certificate) => inspect(node, certificate));
      });
    },
  };
}

function messageOf<M extends Message>(effect: Effect<M>): M | undefined {
  return effect.kind === "send" || effect.kind === "broadcast" ? effect.message : undefined;
}
