/** What each replica holds at this step, side by side; what differs from most stands out. */

import { useMemo } from "preact/hooks";
import type { Lane, NodeState, Recording } from "../../recording/recording.ts";
import { stateAt } from "../../recording/recording.ts";
import { picked, type Run, step } from "../model/session.ts";

interface Row {
  readonly name: string;
  /** Undefined where nothing is known of the node yet. */
  readonly cells: readonly (string | undefined)[];
  /** Whether replicas ought to agree on it. */
  readonly isShared: boolean;
}

export function StateTable({ run }: { readonly run: Run }) {
  const { recording } = run;
  const others = recording.lanes.filter(({ isReplica, role }) => !isReplica && role !== "client");
  return (
    <section aria-labelledby="state-title">
      <h2 id="state-title">State</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="State of all replicas">
        <Replicas key={recording.lanes.length} recording={recording} />
      </div>
      {others.map(({ id }) => (
        <Trust key={id} recording={recording} id={id} />
      ))}
      <Status recording={recording} />
    </section>
  );
}

function Replicas({ recording }: { readonly recording: Recording }) {
  const replicas = recording.lanes.filter(({ isReplica }) => isReplica);
  const states = replicas.map(({ id }) => stateAt(recording, id, step.value));
  // In most steps nobody's state changes.
  return useMemo(() => <Table replicas={replicas} states={states} />, [recording, ...states]);
}

interface TableProps {
  readonly replicas: readonly Lane[];
  readonly states: readonly (NodeState | undefined)[];
}

function Table({ replicas, states }: TableProps) {
  return (
    <table>
      <thead>
        <Split replicas={replicas} />
        <tr>
          <td />
          {replicas.map(({ id }) => (
            <th key={id} scope="col">
              {id}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rowsOf(states).map((row) => (
          <TableRow key={row.name} row={row} />
        ))}
      </tbody>
    </table>
  );
}

/** Which replicas are in one domain, where there are several. */
function Split({ replicas }: { readonly replicas: readonly Lane[] }) {
  const domains = [...new Set(replicas.map(({ domain }) => domain))];
  if (domains.length < 2) return null;
  return (
    <tr>
      <td />
      {domains.map((domain) => (
        <th
          key={domain}
          scope="colgroup"
          class="domain"
          colSpan={replicas.filter((lane) => lane.domain === domain).length}
        >
          domain {domain}
        </th>
      ))}
    </tr>
  );
}

function TableRow({ row: { name, cells, isShared } }: { readonly row: Row }) {
  const usual = mostFrequent(cells.filter((cell) => cell !== undefined));
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, index) => {
        const differs = isShared && cell !== undefined && cell !== usual;
        return (
          <td key={index} class={differs ? "differs" : ""}>
            {cell}
            {differs && <span class="hidden"> differs</span>}
          </td>
        );
      })}
    </tr>
  );
}

function rowsOf(states: readonly (NodeState | undefined)[]): readonly Row[] {
  const row = (name: string, isShared: boolean, read: (state: NodeState) => unknown): Row => ({
    name,
    isShared,
    cells: states.map((state) => (state === undefined ? undefined : asText(read(state)))),
  });
  const held = new Set(states.flatMap((state) => entriesOf(state?.holds).map(([key]) => key)));
  const heldAt = (state: NodeState, key: string): unknown =>
    entriesOf(state.holds).find(([name]) => name === key)?.[1];
  const water = states.some((state) => state?.status?.["lowWatermark"] !== undefined)
    ? [
        row("low mark", false, ({ status }) => status?.["lowWatermark"]),
        row("high mark", false, ({ status }) => status?.["highWatermark"]),
      ]
    : [];
  return [
    row("role", false, ({ status }) => shortRole(status?.role)),
    row("view", true, ({ status }) => status?.view),
    row("executed", true, ({ status }) => status?.slot),
    ...water,
    ...[...held].sort().map((key) => row(key, true, (state) => heldAt(state, key))),
  ];
}

const shortRole = (role = ""): string =>
  ({ communication: "comm.", consensus: "cons." })[role] ?? role;

function entriesOf(holds: unknown): readonly (readonly [string, unknown])[] {
  if (holds === undefined || holds === null) return [];
  return typeof holds === "object" && !Array.isArray(holds)
    ? Object.entries(holds)
    : [["holds", holds]];
}

const asText = (value: unknown): string =>
  value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);

function mostFrequent(cells: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? "";
}

interface NodeProps {
  readonly recording: Recording;
  readonly id: string;
}

/** CCRO's monitor: what it thinks of each node, and what for. */
function Trust({ recording, id }: NodeProps) {
  const trust = stateAt(recording, id, step.value)?.status?.["trust"];
  if (typeof trust !== "object" || trust === null) return null;
  const lines = Object.entries(trust).map(([node, line]) => [node, entriesOf(line)] as const);
  const columns = lines[0]?.[1].map(([name]) => name) ?? [];
  return (
    <section class="scroll" tabIndex={0} aria-label={`Trust, as ${id} sees it`}>
      <table>
        <caption>Trust, as {id} sees it</caption>
        <thead>
          <tr>
            <td />
            {columns.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(([node, cells]) => (
            <tr key={node}>
              <th scope="row">{node}</th>
              {cells.map(([name, value]) => (
                <td key={name}>
                  {typeof value === "number" ? Number(value.toFixed(2)) : asText(value)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Everything that the picked node says of itself. */
function Status({ recording }: { readonly recording: Recording }) {
  const chosen = picked.value;
  if (chosen?.kind !== "node") return null;
  const status = stateAt(recording, chosen.id, step.value)?.status;
  if (status === undefined) return null;
  return (
    <details open>
      <summary>Status of {chosen.id}</summary>
      <dl class="status">
        {Object.entries(status).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{asText(value)}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
