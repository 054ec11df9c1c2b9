/** All ways to fail. The same word means the same thing in every protocol. */

import { badSignatureMode } from "./bad-signature.ts";
import { crashMode, offlineMode } from "./life-cycle.ts";
import { equivocatingMode, forgeMode, maliciousMode, misreportMode } from "./lying.ts";
import type { Mode } from "./mode.ts";
import { replayMode } from "./replay.ts";
import { sleeperMode } from "./sleeper.ts";
import { spamViewChangeMode } from "./spam-view-change.ts";
import { darkMode, delayMode, selectiveMode, silentMode } from "./withholding.ts";

export const modes: readonly Mode[] = [
  offlineMode,
  crashMode,
  maliciousMode,
  equivocatingMode,
  darkMode,
  delayMode,
  badSignatureMode,
  replayMode,
  forgeMode,
  spamViewChangeMode,
  silentMode,
  selectiveMode,
  misreportMode,
  sleeperMode,
];

export const modeNamed = (name: string): Mode | undefined =>
  modes.find((mode) => mode.name === name);
