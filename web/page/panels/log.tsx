/** The log: every step as a line, those in sight drawn; the picked message in full. */

import { useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import type { RecordedMessage, Recording, Step } from "../../recording/recording.ts";
import { firstAbove } from "../model/jumps.ts";
import { colorNumber } from "../model/kinds.ts";
import { goTo, picked, type Run, showsControl, step } from "../model/session.ts";

const rowPx = 24;
const spare = 8;

const shows = {
  messages: "messages sent",
  all: "every step",
  refused: "refused and lost",
  decided: "quorums, decisions, faults",
} as const;
type Shows = keyof typeof shows;

export function Log({ run }: { readonly run: Run }) {
  const { recording } = run;
  const what = useSignal<Shows>("messages");
  const filter = useSignal("");
  const rows = useMemo(
    () => rowsOf(recording, what.value, filter.value, showsControl.value),
    [recording, what.value, filter.value, showsControl.value],
  );
  return (
    <section class="log" aria-labelledby="log-title">
      <h2 id="log-title">Log</h2>
      <div class="two">
        <select
          aria-label="Which steps the log shows"
          value={what.value}
          onChange={(event) => {
            what.value = event.currentTarget.value as Shows;
          }}
        >
          {Object.entries(shows).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
        <input
          type="search"
          aria-label="Filter the log"
          placeholder="filter: r1 prepare"
          value={filter.value}
          onInput={(event) => {
            filter.value = event.currentTarget.value;
          }}
        />
      </div>
      <Rows rows={rows} recording={recording} />
      <Detail recording={recording} />
    </section>
  );
}

interface RowsProps {
  readonly rows: readonly Step[];
  readonly recording: Recording;
}

/** Only those in sight are there; the one of the current step comes into sight. */
function Rows({ rows, recording }: RowsProps) {
  const scroll = useSignal(0);
  const box = useRef<HTMLDivElement>(null);
  const places = useMemo(() => rows.map(({ index }) => index), [rows]);
  const current = firstAbove(places, step.value) - 1;

  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const y = current * rowPx;
    const isSeen = y >= element.scrollTop && y < element.scrollTop + element.clientHeight - rowPx;
    if (!isSeen) element.scrollTop = Math.max(0, y - element.clientHeight / 2);
  }, [current]);

  const begin = Math.max(0, Math.floor(scroll.value / rowPx) - spare);
  const height = box.current?.clientHeight ?? 400;
  const seen = rows.slice(begin, begin + Math.ceil(height / rowPx) + 2 * spare);
  return (
    <div
      class="rows"
      ref={box}
      tabIndex={0}
      role="region"
      aria-label={`${rows.length} lines`}
      onScroll={(event) => {
        scroll.value = event.currentTarget.scrollTop;
      }}
    >
      <ol style={{ height: `${rows.length * rowPx}px`, paddingTop: `${begin * rowPx}px` }}>
        {seen.map((row, place) => (
          <Line
            key={row.index}
            row={row}
            recording={recording}
            isCurrent={begin + place === current}
          />
        ))}
      </ol>
    </div>
  );
}

interface LineProps {
  readonly row: Step;
  readonly recording: Recording;
  readonly isCurrent: boolean;
}

function Line({ row, recording, isCurrent }: LineProps) {
  const message = recording.messages[row.message ?? -1];
  const isBad = row.kind === "refused" || row.kind === "lost" || message?.fate === "refused";
  const color = message === undefined ? "" : ` kind-${colorNumber(recording, message.kind)}`;
  return (
    <li>
      <button
        type="button"
        class={`line${isCurrent ? " current" : ""}${isBad ? " bad" : ""}`}
        {...(isCurrent ? { "aria-current": "step" as const } : {})}
        onClick={() => {
          goTo(row.index);
          if (message !== undefined) picked.value = { kind: "message", index: message.index };
        }}
      >
        <span class="number">{row.atMs.toFixed(2)}</span>
        <i class={`dot${color}`} />
        <b>{row.node}</b> <span>{row.text}</span>
      </button>
    </li>
  );
}

function Detail({ recording }: { readonly recording: Recording }) {
  const chosen = picked.value;
  const index = chosen?.kind === "message" ? chosen.index : recording.steps[step.value]?.message;
  const message = recording.messages[index ?? -1];
  if (message === undefined) {
    return <p class="note">Pick a line to see its message in full.</p>;
  }
  return (
    <section class="detail" aria-label="The message in full">
      <p>
        <b>{message.kind}</b> {message.from} → {message.to}, {message.bytes} bytes,{" "}
        {signatureOf(message)}
      </p>
      <pre tabIndex={0} role="region" aria-label="JSON of the message">
        {JSON.stringify(message.content, null, 1)}
      </pre>
    </section>
  );
}

function signatureOf({ from, signedBy, signature, fate, objection }: RecordedMessage): string {
  const whose = signedBy === from ? "" : ` of ${signedBy}, passed on`;
  if (objection === "bad signature" || objection === "unknown sender")
    return `${objection}${whose}`;
  if (signature === "") return "not signed";
  return fate === "under way" || fate === "lost"
    ? `signed${whose}, not checked`
    : `signature valid${whose}`;
}

function rowsOf(
  { steps, messages, controlKinds }: Recording,
  what: Shows,
  filter: string,
  withControl: boolean,
): readonly Step[] {
  const control = new Set(controlKinds);
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return steps.filter(({ kind, node, text, message: index }) => {
    const message = messages[index ?? -1];
    const isControl = message !== undefined && control.has(message.kind);
    if (isControl && !withControl && words.length === 0) return false;
    if (what === "messages" && kind !== "sent") return false;
    if (what === "refused" && kind !== "refused" && kind !== "lost") return false;
    if (what === "decided" && (message !== undefined || kind === "timer")) return false;
    const line = `${node} ${text}`.toLowerCase();
    return words.every((word) => line.includes(word));
  });
}
