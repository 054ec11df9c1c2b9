/** Sending stored blocks to a node that lacks them. */

import type { NodeId } from "../core/ids.ts";
import type { Block, Excerpt } from "./messages.ts";
import type { CcroOut, CcroState } from "./state.ts";

// So many blocks fit into one answer; whoever needs more asks again.
const mostBlocks = 16;

/** Everything above a height, as much as fits; nothing is sent where there is nothing. */
export function sendExcerpt(
  { ledger }: CcroState,
  to: NodeId,
  { above, wanted }: { readonly above: number; readonly wanted?: Excerpt["wanted"] },
  out: CcroOut,
): void {
  const { blocks, checkpoint } = ledger.above(above, mostBlocks);
  if (blocks.length === 0 && checkpoint === undefined && wanted === undefined) return;
  out.send(to, { kind: "excerpt", height: ledger.height, blocks, checkpoint, wanted });
}

export const named = (digest: string, block: Block | undefined): Excerpt["wanted"] =>
  block === undefined ? undefined : { digest, block };
