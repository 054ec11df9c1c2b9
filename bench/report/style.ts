/** How a report looks, on screen and on paper. */

export const style = `
:root { color: #1a1a1a; background: #ffffff; font: 16px/1.5 Helvetica, Arial, "Liberation Sans", sans-serif; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.5rem 4rem; }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 1rem 0 0.5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 0.5rem; border-bottom: 1px solid #767676; }
h3 { font-size: 1.05rem; margin: 1.5rem 0 0.3rem; }
p, li { max-width: 48rem; }
.regime, .note { color: #4a4a4a; }
.answer { border-left: 4px solid #0072b2; padding-left: 2rem; }
.scroll { overflow-x: auto; margin: 0.8rem 0; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: bold; padding: 0.3rem 0; }
th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid #d0d0d0; vertical-align: top; }
thead th { border-bottom: 2px solid #1a1a1a; }
tbody th { font-weight: normal; }
.left { text-align: left; min-width: 5.5em; }
.right { text-align: right; white-space: nowrap; }
.good { color: #00593f; }
.bad { color: #9c1c1c; font-weight: bold; }
.expected { color: #5a4500; }
figure { margin: 1.5rem 0; }
figure svg { max-width: 100%; height: auto; }
figcaption { color: #4a4a4a; font-size: 0.9rem; max-width: 48rem; }
pre { background: #f4f4f4; padding: 0.6rem 0.8rem; overflow-x: auto; }
dt { font-weight: bold; }
dd { margin: 0 0 0.4rem 0; }
:focus-visible { outline: 3px solid #0072b2; outline-offset: 2px; }
@media print {
  @page { size: A4 landscape; margin: 12mm; }
  :root { font-size: 11px; }
  body { max-width: none; padding: 0; }
  .scroll { overflow: visible; }
  table { font-size: 0.75rem; }
  thead { display: table-header-group; }
  tr, figure, pre { break-inside: avoid; }
  h2, h3, caption { break-after: avoid; }
}
`;
