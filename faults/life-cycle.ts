/** The modes that the host carries out: nodes that are not there, or not there any more. */

import { type LifeCycleMode, oneOf } from "./mode.ts";

export const offlineMode: LifeCycleMode = {
  kind: "life-cycle",
  name: "offline",
  help: "is not there for the whole run: its port refuses connections",
  roles: "any",
  argument: undefined,
  takesWindow: false,
};

export const losesDisk = "lose-disk";

export const crashMode: LifeCycleMode = {
  kind: "life-cycle",
  name: "crash",
  help: "stops at FROM (default 0ms, as soon as it started) and is back at UNTIL (default never)",
  roles: "any",
  argument: oneOf("DISK", "what is left of its disk when it is back (default keep-disk)", [
    "keep-disk",
    losesDisk,
  ]),
  takesWindow: true,
};
