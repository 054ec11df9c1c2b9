/** A colour for each kind of message: by its place in the protocol's round. */

import { protocolNamed } from "../../../bench/protocols.ts";
import { oncePer } from "../../recording/once.ts";
import type { Recording } from "../../recording/recording.ts";

/** As many as style.css names. */
const colors = 8;

const placesOf = oncePer(({ protocol }): ReadonlyMap<string, number> => {
  if (protocol === "") return new Map();
  return new Map(protocolNamed(protocol).kinds.map((kind, place) => [kind, place]));
});

export const colorNumber = (recording: Recording, kind: string): number =>
  (placesOf(recording).get(kind) ?? 0) % colors;

export const colorName = (recording: Recording, kind: string): string =>
  `--kind-${colorNumber(recording, kind)}`;
