/** Hands on: do something to the picked node or message, and see what follows. */

import { useSignal } from "@preact/signals";
import { UsageError } from "../../../core/assert.ts";
import { describeEvent } from "../../../sim/schedule.ts";
import { lieModes, scheduleFile, standing } from "../../run/hands.ts";
import { readOperation } from "../../run/setup.ts";
import { offerFile, readSchedule } from "../model/files.ts";
import {
  act,
  canUndo,
  moment,
  notice,
  picked,
  type Run,
  setup,
  showSchedule,
  step,
  undo,
} from "../model/session.ts";

export function Hands({ run }: { readonly run: Run }) {
  const { schedule } = run;
  if (schedule === undefined) return null;
  return (
    <section class="hands" aria-labelledby="hands-title">
      <h2 id="hands-title">Hands on</h2>
      <OnNode run={run} />
      <OnMessage run={run} />
      <Ask />
      <div class="buttons">
        <button type="button" disabled={!canUndo.value} onClick={undo}>
          Take back
        </button>
        <button
          type="button"
          onClick={() => offerFile("schedule.json", scheduleFile(schedule, "Made on the page"))}
        >
          Export
        </button>
        <label class="file">
          Open a schedule
          <input
            type="file"
            accept=".json,application/json"
            onChange={(event) => void open(event.currentTarget.files?.[0])}
          />
        </label>
      </div>
      <details>
        <summary>{schedule.events.length} events in this schedule</summary>
        <ol class="events">
          {schedule.events.slice(0, 200).map((event, index) => (
            <li key={index}>{describeEvent(event)}</li>
          ))}
        </ol>
        <p class="note">
          Run an export again with <code>npm run bench -- replay schedule.json</code>.
        </p>
      </details>
    </section>
  );
}

async function open(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    showSchedule(readSchedule(await file.text()));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    notice.value = error.message;
  }
}

function OnNode({ run: { schedule, recording } }: { readonly run: Run }) {
  const chosen = picked.value;
  if (chosen?.kind !== "node" || schedule === undefined) {
    return (
      <p class="note">Pick a node or a message in flight to change what happens from here on.</p>
    );
  }
  const node = chosen.id;
  const lane = recording.lanes.find(({ id }) => id === node);
  if (lane?.role === "client") return <p class="note">{node} is a client: send a request.</p>;
  const { isDown, isCut, isLying } = standing(schedule, node, moment.value);
  return (
    <div class="buttons" role="group" aria-label={`Do to ${node}`}>
      <b>{node}</b>
      <button type="button" onClick={() => act({ kind: isDown ? "recover" : "crash", node })}>
        {isDown ? "recover" : "crash"}
      </button>
      <button type="button" onClick={() => act({ kind: isCut ? "connect" : "cut off", node })}>
        {isCut ? "connect" : "cut off"}
      </button>
      {isLying ? (
        <button type="button" onClick={() => act({ kind: "be honest", node })}>
          be honest
        </button>
      ) : (
        lieModes.map((mode) => (
          <button key={mode} type="button" onClick={() => act({ kind: "lie", node, mode })}>
            {mode}
          </button>
        ))
      )}
      <button type="button" onClick={() => act({ kind: "ask for a view change", node })}>
        ask for a view change
      </button>
    </div>
  );
}

function OnMessage({ run: { recording } }: { readonly run: Run }) {
  const lateMs = useSignal(100);
  const chosen = picked.value;
  const index = chosen?.kind === "message" ? chosen.index : recording.steps[step.value]?.message;
  const message = recording.messages[index ?? -1];
  if (message === undefined || chosen?.kind === "node") return null;
  return (
    <div class="buttons" role="group" aria-label="Do to the message">
      <b>
        {message.kind} {message.from} → {message.to}
      </b>
      <button type="button" onClick={() => act({ kind: "drop", message })}>
        drop
      </button>
      <button type="button" onClick={() => act({ kind: "duplicate", message })}>
        duplicate
      </button>
      <button type="button" onClick={() => act({ kind: "delay", message, byMs: lateMs.value })}>
        delay
      </button>
      <label class="inline">
        by
        <input
          type="number"
          min={1}
          max={10_000}
          value={lateMs.value}
          onInput={(event) => {
            lateMs.value = Math.max(1, Number(event.currentTarget.value) || 1);
          }}
        />
        ms
      </label>
    </div>
  );
}

function Ask() {
  const text = useSignal("");
  const problem = useSignal("");
  const { service } = setup.value;
  const example = { bank: "Ana -> Bo 5", kv: "a = 1" }[service] ?? "anything";
  return (
    <form
      class="ask"
      onSubmit={(event) => {
        event.preventDefault();
        try {
          const line = text.value.trim() === "" ? example : text.value.trim();
          act({ kind: "request", operation: readOperation(service, line, "the request") });
          problem.value = "";
        } catch (error) {
          if (!(error instanceof UsageError)) throw error;
          problem.value = error.message;
        }
      }}
    >
      <input
        aria-label="Request"
        aria-invalid={problem.value !== ""}
        placeholder={example}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
      <button type="submit">Send request</button>
      <p class="problem" role="status">
        {problem.value}
      </p>
    </form>
  );
}
