/** What one request costs, in our way of counting and in that of the visualiser that came before. */

import { protocolNamed } from "../../bench/protocols.ts";

/** Messages between participants, the client's among them, control messages apart. */
export const expectedTotal = (protocol: string, n: number): number =>
  Object.values(protocolNamed(protocol).expectedMessages(n)).reduce((sum, count) => sum + count, 0);

/**
 * 2n² − 1, so 31 at n = 4 and 127 at n = 8: without the client's request, and with each backup's
 * prepare to itself. n − 1 pre-prepares, n(n − 1) prepares, n(n − 1) commits, n replies.
 */
export const earlierCount = (n: number): number => 2 * n * n - 1;
