/** HTML from text: whatever comes from a file is escaped here, and nowhere else. */

/** Markup that is safe to put into a page. */
export interface Markup {
  readonly markup: string;
}

export type Content = string | Markup | readonly Content[];

export const escapeHtml = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");

/** An element; text in it and in its attributes is escaped. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...content: readonly Content[]
): Markup {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escapeHtml(value)}"`,
  );
  return { markup: `<${name}${written.join("")}>${markupOf(content)}</${name}>` };
}

/** Markup that this program made itself. */
export const trusted = (markup: string): Markup => ({ markup });

export function markupOf(content: Content): string {
  if (typeof content === "string") return escapeHtml(content);
  if ("markup" in content) return content.markup;
  return content.map(markupOf).join("");
}

export interface TableColumn {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A table with a caption and heads; wide ones scroll within themselves, by keyboard too. */
export function htmlTable(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Content[])[],
): Markup {
  const classOf = (index: number) => columns[index]?.align ?? "left";
  const head = columns.map(({ title, align }) =>
    element("th", { scope: "col", class: align }, title),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      row.map((cell, index) =>
        index === 0
          ? element("th", { scope: "row", class: "left" }, cell)
          : element("td", { class: classOf(index) }, cell),
      ),
    ),
  );
  return element(
    "div",
    { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", {}, caption),
      element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, body),
    ),
  );
}
