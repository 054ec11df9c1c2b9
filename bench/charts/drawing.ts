/** A drawing: marks of Observable Plot in a frame with title, legend and words for those who cannot see. */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Style } from "./palette.ts";

export interface Chart {
  /** As its file is called, without the ending. */
  readonly name: string;
  readonly title: string;
  /** What there is to see, in sentences. */
  readonly description: string;
  /** A file of its own. */
  readonly svg: string;
}

export interface LegendEntry {
  readonly label: string;
  readonly style: Style;
  /** How it looks in the chart. */
  readonly shape: "line" | "dot" | "area" | "rule";
}

export interface Drawing {
  readonly name: string;
  readonly title: string;
  /** The regime, or how to read it. */
  readonly subtitle: string;
  readonly description: string;
  readonly legend: readonly LegendEntry[];
  readonly width?: number;
  readonly height: number;
  readonly plot: Plot.PlotOptions;
}

export const usualWidth = 720;
const fontFamily = "Helvetica, Arial, 'Liberation Sans', sans-serif";
const [margin, titleSize, textSize] = [12, 15, 12];
const ink = "#1a1a1a";
const paleInk = "#555555";

/** Equal drawings, equal bytes: nothing here counts, measures fonts or knows the time. */
export function draw(drawing: Drawing): Chart {
  const { name, title, subtitle, description, height, width = usualWidth } = drawing;
  const rows = legendRows(drawing.legend, width - 2 * margin);
  const lines = wrapped(subtitle, (width - 2 * margin) / (0.5 * textSize));
  const legendTop = margin + titleSize + 6 + lines.length * (textSize + 4) + 4;
  const plotTop = legendTop + rows.length * 20 + 4;
  const total = plotTop + height + margin;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${total}" width="${width}" height="${total}" role="img" aria-label="${escaped(title)}" font-family="${fontFamily}" font-size="${textSize}">`,
    `<title>${escaped(title)}</title>`,
    `<desc>${escaped(description)}</desc>`,
    `<rect width="${width}" height="${total}" fill="#ffffff"/>`,
    `<text x="${margin}" y="${margin + titleSize}" font-size="${titleSize}" font-weight="bold" fill="${ink}">${escaped(title)}</text>`,
    ...lines.map(
      (line, index) =>
        `<text x="${margin}" y="${margin + titleSize + 4 + (index + 1) * (textSize + 4)}" fill="${paleInk}">${escaped(line)}</text>`,
    ),
    ...rows.flatMap((row, index) => row.map((entry) => legendItem(entry, legendTop + index * 20))),
    plotted({ fontSize: textSize, ...drawing.plot, width, height }, plotTop),
    "</svg>",
  ];
  return { name, title, description, svg: `${parts.join("\n")}\n` };
}

export const escaped = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // What XML cannot hold at all.
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "�");

/** Without its style sheet, which not every reader of SVG understands, and which says nothing here. */
function plotted(
  { fontSize, ...options }: Plot.PlotOptions & { readonly fontSize: number },
  top: number,
): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const svg = Plot.plot({ ...options, document });
  svg.querySelector("style")?.remove();
  svg.removeAttribute("class");
  svg.setAttribute("y", String(top));
  svg.setAttribute("font-size", String(fontSize));
  svg.setAttribute("font-family", fontFamily);
  svg.setAttribute("fill", ink);
  svg.setAttribute("color", ink);
  // Its parts are no headings of their own for a screen reader: the chart has its words.
  for (const part of svg.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  return String(svg.outerHTML);
}

interface PlacedEntry extends LegendEntry {
  readonly x: number;
}

const widthOf = (label: string): number => 34 + label.length * 0.56 * textSize + 14;

function legendRows(entries: readonly LegendEntry[], width: number): readonly PlacedEntry[][] {
  const rows: PlacedEntry[][] = [];
  let x = margin;
  for (const entry of entries) {
    const isFull = x + widthOf(entry.label) > width;
    if (isFull || rows.length === 0) {
      rows.push([]);
      x = margin;
    }
    rows.at(-1)?.push({ ...entry, x });
    x += widthOf(entry.label);
  }
  return rows;
}

function legendItem({ label, style, shape, x }: PlacedEntry, top: number): string {
  const y = top + 10;
  const { color, dash, symbol } = style;
  const line = `<line x1="${x}" x2="${x + 26}" y1="${y}" y2="${y}" stroke="${color}" stroke-width="2"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}/>`;
  const dot = `<path transform="translate(${x + 13},${y})" d="${outlines[symbol]}" fill="${color}" stroke="#ffffff" stroke-width="0.5"/>`;
  const area = `<rect x="${x + 4}" y="${y - 6}" width="18" height="12" fill="${color}"/>`;
  const picture = { line: line + dot, dot, area, rule: line }[shape];
  return `${picture}<text x="${x + 32}" y="${y + 4}" fill="${ink}">${escaped(label)}</text>`;
}

/** As Plot draws them at a radius of 4.5. */
const outlines: Readonly<Record<Style["symbol"], string>> = {
  circle: "M4.5,0A4.5,4.5,0,1,1,-4.5,0A4.5,4.5,0,1,1,4.5,0",
  square: "M-4,-4H4V4H-4Z",
  triangle: "M0,-5.2L4.6,3.4H-4.6Z",
  diamond: "M0,-6L4,0L0,6L-4,0Z",
  cross: "M-5,-1.7H-1.7V-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5Z",
  star: "M0,-6L1.5,-2H5.5L2.3,0.7L3.5,5L0,2.4L-3.5,5L-2.3,0.7L-5.5,-2H-1.5Z",
};

function wrapped(text: string, most: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return text === "" ? [] : lines;
}
