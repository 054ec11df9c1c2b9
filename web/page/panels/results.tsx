/** What was measured: the cells of a result folder, those that one chooses, side by side. */

import { useSignal } from "@preact/signals";
import { csvParseRows } from "d3-dsv";
import { useEffect } from "preact/hooks";

type Row = Readonly<Record<string, string | undefined>>;

const metrics: readonly (readonly [column: string, label: string])[] = [
  ["latency_p50_ms", "median latency (ms)"],
  ["latency_p90_ms", "latency, 90th percentile (ms)"],
  ["throughput_per_s", "requests per second"],
  ["messages_per_request", "messages per request"],
  ["bytes_per_request", "bytes per request"],
  ["signatures_per_request", "signatures per request"],
  ["verifications_per_request", "verifications per request"],
  ["cpu_ms_per_request", "CPU per request (ms)"],
  ["view_changes", "view changes"],
  ["longest_gap_ms", "longest gap (ms)"],
];

export function Results() {
  const names = useSignal<readonly string[] | undefined>(undefined);
  const name = useSignal("");
  const rows = useSignal<readonly Row[]>([]);
  const metric = useSignal("latency_p50_ms");
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const load = async (chosen: string) => {
    name.value = chosen;
    const answer = await fetch(`./api/results/${encodeURIComponent(chosen)}`);
    const text = answer.ok ? await answer.text() : "";
    // Somebody may have chosen another one in the meantime.
    if (name.value !== chosen) return;
    rows.value = readTable(text);
    hidden.value = new Set();
  };
  useEffect(() => {
    void (async () => {
      const answer = await fetch("./api/results");
      const told = (await answer.json()) as { readonly results: readonly string[] };
      names.value = told.results;
      if (told.results[0] !== undefined && name.value === "") await load(told.results[0]);
    })();
  }, []);
  if (names.value?.length === 0) {
    return (
      <p>
        There are no results yet: <code>npm start</code> makes some.
      </p>
    );
  }
  const cells = [...new Set(rows.value.map(({ cell = "" }) => cell))];
  return (
    <section class="results" aria-labelledby="results-title">
      <h2 id="results-title">Results</h2>
      <div class="buttons">
        <label class="inline">
          Run
          <select value={name.value} onChange={(event) => void load(event.currentTarget.value)}>
            {names.value?.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </label>
        <label class="inline">
          Metric
          <select
            value={metric.value}
            onChange={(event) => {
              metric.value = event.currentTarget.value;
            }}
          >
            {metrics.map(([column, label]) => (
              <option key={column} value={column}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </div>
      <fieldset class="cells">
        <legend>Cells compared</legend>
        {cells.map((cell) => (
          <label key={cell} class="inline">
            <input
              type="checkbox"
              checked={!hidden.value.has(cell)}
              onChange={() => {
                const next = new Set(hidden.value);
                if (!next.delete(cell)) next.add(cell);
                hidden.value = next;
              }}
            />
            {cell}
          </label>
        ))}
      </fieldset>
      <Chart
        rows={rows.value.filter(({ cell = "" }) => !hidden.value.has(cell))}
        metric={metric.value}
        label={metrics.find(([column]) => column === metric.value)?.[1] ?? ""}
      />
      <p class="note">
        Each dot is a repetition on a fresh cluster, the bar is their median. The report of a run (
        <code>report.html</code> in its folder) has intervals and tests.
      </p>
    </section>
  );
}

/** Row by row: reading whole tables at once, d3 would compile a function, which the page's policy refuses. */
function readTable(text: string): readonly Row[] {
  const [columns = [], ...lines] = csvParseRows(text);
  return lines.map((line) =>
    Object.fromEntries(columns.map((column, place) => [column, line[place]])),
  );
}

interface ChartProps {
  readonly rows: readonly Row[];
  readonly metric: string;
  readonly label: string;
}

const [nameWidth, plotWidth, rowHeight] = [230, 430, 26];

function Chart({ rows, metric, label }: ChartProps) {
  const byCell = new Map<string, { values: number[]; protocol: string }>();
  for (const { cell = "", protocol = "", [metric]: text = "" } of rows) {
    const known = byCell.get(cell) ?? { values: [], protocol };
    byCell.set(cell, known);
    if (text !== "" && Number.isFinite(Number(text))) known.values.push(Number(text));
  }
  const most = Math.max(0, ...[...byCell.values()].flatMap(({ values }) => values)) || 1;
  const height = byCell.size * rowHeight + 40;
  const x = (value: number) => nameWidth + (plotWidth * value) / most;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => share * most);
  const told = [...byCell]
    .map(([cell, { values }]) => `${cell}: ${format(median(values))}`)
    .join("; ");
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`Chart of ${label}`}>
      <svg
        class="chart"
        width={nameWidth + plotWidth + 80}
        height={height}
        role="img"
        aria-label={`${label}. ${told}`}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line class="hair" x1={x(tick)} x2={x(tick)} y1={22} y2={height - 6} />
            <text class="tick" x={x(tick)} y={14}>
              {format(tick)}
            </text>
          </g>
        ))}
        {[...byCell].map(([cell, { values, protocol }], index) => {
          const y = 30 + index * rowHeight;
          const middle = median(values);
          return (
            <g key={cell} class={`protocol-${protocol}`}>
              <text class="cell" x={nameWidth - 8} y={y + 12}>
                {cell}
              </text>
              {middle !== undefined && (
                <>
                  <rect
                    x={nameWidth}
                    y={y + 2}
                    width={Math.max(1, x(middle) - nameWidth)}
                    height={12}
                  />
                  <text class="value" x={x(middle) + 6} y={y + 12}>
                    {format(middle)}
                  </text>
                </>
              )}
              {values.map((value, place) => (
                <circle key={place} cx={x(value)} cy={y + 8} r={2.5} />
              ))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}

const format = (value: number | undefined): string =>
  value === undefined ? "none" : String(Number(value.toPrecision(3)));
