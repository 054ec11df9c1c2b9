/** What was measured: the report's own charts of a result folder, of the cells that one chooses. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

interface Told {
  readonly cells: readonly string[];
  readonly charts: readonly {
    readonly name: string;
    readonly title: string;
    readonly description: string;
  }[];
}

const nothing: Told = { cells: [], charts: [] };

export function Results() {
  const names = useSignal<readonly string[] | undefined>(undefined);
  const name = useSignal("");
  const hidden = useSignal<ReadonlySet<string>>(new Set());
  const told = useSignal<Told>(nothing);
  const problem = useSignal("");
  const chosen = chosenIn(told.value, hidden.value);
  const load = async (run: string, without: ReadonlySet<string>) => {
    if (run !== name.value) told.value = nothing;
    name.value = run;
    hidden.value = without;
    const cells = chosenIn(told.value, without);
    // Without a choice, the server draws all: nothing is left to draw.
    if (cells.length === 0 && told.value.cells.length > 0) return;
    const answer = await fetch(
      `./api/results/${encodeURIComponent(run)}${queryOf(told.value, cells)}`,
    );
    const body = (await answer.json()) as Told & { readonly error?: { readonly message: string } };
    // Somebody may have chosen otherwise in the meantime.
    if (name.value !== run || hidden.value !== without) return;
    problem.value = body.error?.message ?? "";
    if (body.error === undefined) told.value = body;
  };
  useEffect(() => {
    void (async () => {
      const answer = await fetch("./api/results");
      const { results } = (await answer.json()) as { readonly results: readonly string[] };
      names.value = results;
      if (results[0] !== undefined && name.value === "") await load(results[0], new Set());
    })();
  }, []);
  if (names.value?.length === 0) {
    return (
      <p>
        There are no results yet: <code>npm start</code> makes some.
      </p>
    );
  }
  return (
    <section class="results" aria-labelledby="results-title">
      <h2 id="results-title">Results</h2>
      <label class="inline">
        Run
        <select
          aria-label="Run"
          value={name.value}
          onChange={(event) => void load(event.currentTarget.value, new Set())}
        >
          {names.value?.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </label>
      <Cells
        cells={told.value.cells}
        hidden={hidden}
        change={(now) => void load(name.value, now)}
      />
      <p class="problem" role="status">
        {problem.value}
      </p>
      {chosen.length === 0 && told.value.cells.length > 0 && <p class="note">No cell is chosen.</p>}
      {chosen.length > 0 &&
        told.value.charts.map((chart) => (
          <img
            key={chart.name}
            class="chart"
            src={`./api/results/${encodeURIComponent(name.value)}/charts/${chart.name}.svg${queryOf(told.value, chosen)}`}
            alt={`${chart.title}. ${chart.description}`}
          />
        ))}
      <p class="note">
        These are the charts of the run’s report: <code>npm run bench -- report</code> writes it
        into the run’s folder, with tables, intervals and tests.
      </p>
    </section>
  );
}

const chosenIn = ({ cells }: Told, hidden: ReadonlySet<string>): readonly string[] =>
  cells.filter((cell) => !hidden.has(cell));

function queryOf({ cells }: Told, chosen: readonly string[]): string {
  if (chosen.length === cells.length) return "";
  return `?${new URLSearchParams(chosen.map((cell) => ["cell", cell]))}`;
}

interface CellsProps {
  readonly cells: readonly string[];
  readonly hidden: Signal<ReadonlySet<string>>;
  change(hidden: ReadonlySet<string>): void;
}

function Cells({ cells, hidden, change }: CellsProps) {
  return (
    <fieldset class="cells">
      <legend>Cells compared</legend>
      <span class="buttons">
        <button type="button" onClick={() => change(new Set())}>
          all
        </button>
        <button type="button" onClick={() => change(new Set(cells))}>
          none
        </button>
      </span>
      {cells.map((cell) => (
        <label key={cell} class="inline">
          <input
            type="checkbox"
            checked={!hidden.value.has(cell)}
            onChange={() => {
              const next = new Set(hidden.value);
              if (!next.delete(cell)) next.add(cell);
              change(next);
            }}
          />
          {cell}
        </label>
      ))}
    </fieldset>
  );
}
