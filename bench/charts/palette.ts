/**
 * Colours that stay apart for the colour-blind and in print: Okabe & Ito (2008) for protocols, Tol's
 * "muted" (2021), with black and greys, for kinds of message. No chart says anything by colour alone.
 */

import { protocolNamed, protocolNames } from "../protocols.ts";

export interface Style {
  readonly color: string;
  /** As `stroke-dasharray` has it; empty for a whole line. */
  readonly dash: string;
  readonly symbol: "circle" | "square" | "triangle" | "diamond" | "cross" | "star";
}

const plain: Style = { color: "#0072b2", dash: "", symbol: "circle" };

const ofProtocol: Readonly<Record<string, Style>> = {
  pbft: plain,
  ccro: { color: "#d55e00", dash: "7,3", symbol: "square" },
  "ccro-safe": { color: "#009e73", dash: "2,3", symbol: "triangle" },
  "ccro-certified": { color: "#cc79a7", dash: "7,3,2,3", symbol: "diamond" },
  paxos: { color: "#e69f00", dash: "10,4", symbol: "cross" },
  flood: { color: "#56b4e9", dash: "4,4", symbol: "star" },
};

/** What the house does not know, or did not have when this was written. */
const spare: readonly Style[] = [
  { color: "#000000", dash: "1,3", symbol: "diamond" },
  { color: "#666666", dash: "7,3", symbol: "triangle" },
  { color: "#a6761d", dash: "2,3", symbol: "cross" },
  { color: "#7b3294", dash: "10,4", symbol: "square" },
];

export const published: Style = { color: "#8a8a8a", dash: "", symbol: "diamond" };
export const alarm: Style = { color: "#b2182b", dash: "4,3", symbol: "cross" };
export const mark: Style = { color: "#555555", dash: "3,3", symbol: "circle" };

/** Known ones look the same in every chart; others by their place among themselves. */
export function styleOf(protocol: string, all: readonly string[]): Style {
  const known = ofProtocol[protocol];
  if (known !== undefined) return known;
  const others = all.filter((name) => ofProtocol[name] === undefined);
  return spare[Math.max(0, others.indexOf(protocol)) % spare.length] ?? plain;
}

const kindColors = [
  ...["#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77"],
  ...["#cc6677", "#882255", "#aa4499", "#777777", "#000000", "#d8d8d8"],
];

export const kindStyle = (position: number): Style => ({
  color: kindColors[position % kindColors.length] ?? "#777777",
  dash: "",
  symbol: "square",
});

export const titleOf = (protocol: string): string =>
  protocolNames.includes(protocol) ? protocolNamed(protocol).title : protocol;

/** As the house lists them, then whoever else. */
export const inHouseOrder = (names: Iterable<string>): readonly string[] => {
  const place = (name: string) => protocolNames.indexOf(name) + 1 || protocolNames.length + 1;
  return [...new Set(names)].sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
};
