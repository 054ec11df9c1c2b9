/** What names a block, and whether it is one at all. */

import type { Digest, NodeId } from "../core/ids.ts";
import { requestDigest } from "../core/messages.ts";
import type { Tools } from "../core/protocol.ts";
import type { Block, CcroMessage } from "./messages.ts";

/** The parent of the first block. */
export const genesis: Digest = "0";

export function blockDigest(
  { height, parent, requests }: Block,
  digest: (text: string) => Digest,
): Digest {
  const names = requests.map(({ message }) => `|${requestDigest(message, digest)}`);
  return digest(`block|${height}|${parent}|${names.length}${names.join("")}`);
}

export type BlockObjection =
  | "another block than its digest names"
  | "a request under another name"
  | "a request that its client did not sign";

/** Whether the block is what its digest says, and holds nothing but what clients asked for. */
export function objectionToBlock(
  block: Block,
  digest: Digest,
  tools: Pick<Tools<CcroMessage>, "digest" | "isAuthentic">,
): BlockObjection | undefined {
  if (blockDigest(block, tools.digest) !== digest) return "another block than its digest names";
  for (const request of block.requests) {
    if (!isOfItsClient(request)) return "a request under another name";
    if (!tools.isAuthentic(request)) return "a request that its client did not sign";
  }
  return undefined;
}

export const isOfItsClient = ({
  from,
  message,
}: {
  readonly from: NodeId;
  readonly message: { readonly client: NodeId };
}): boolean => from === message.client;
