/** Beyond every run: for what starts and is never to end, in files that know no infinity. */

import type { Millis } from "../../core/ids.ts";

export const foreverMs: Millis = 1_000_000_000;
