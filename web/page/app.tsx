/** How the page is laid out. */

import { signal } from "@preact/signals";
import { Diagram } from "./diagram/diagram.tsx";
import { first, notice, runs } from "./model/session.ts";
import { Counters } from "./panels/counters.tsx";
import { Graph } from "./panels/graph.tsx";
import { Hands } from "./panels/hands.tsx";
import { Live } from "./panels/live.tsx";
import { Log } from "./panels/log.tsx";
import { Results } from "./panels/results.tsx";
import { SetupForm } from "./panels/setup-form.tsx";
import { StateTable } from "./panels/state-table.tsx";
import { TimeBar } from "./panels/time-bar.tsx";
import { Tour } from "./panels/tour.tsx";
import { Verdict } from "./panels/verdict.tsx";

const tabs = ["Set up", "Tour", "Live", "Results"] as const;
const tab = signal<(typeof tabs)[number]>("Set up");

export function App() {
  return (
    <>
      <header class="top">
        <h1>quorumlab</h1>
        <nav aria-label="What to watch">
          {tabs.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={tab.value === name}
              onClick={() => {
                tab.value = name;
              }}
            >
              {name}
            </button>
          ))}
        </nav>
        {first.value !== undefined && <Verdict run={first.value} />}
      </header>
      <div class="frame">
        <aside aria-label={tab.value} class={tab.value === "Set up" ? "last" : ""}>
          {tab.value === "Set up" && <SetupForm />}
          {tab.value === "Tour" && <Tour />}
          {tab.value === "Live" && <Live />}
          {tab.value === "Results" && (
            <p class="note">
              Charts of what <code>run</code> measured, in this repository’s result folders.
            </p>
          )}
        </aside>
        <main>{tab.value === "Results" ? <Results /> : <Stage />}</main>
      </div>
    </>
  );
}

function Notice() {
  return (
    <p role="status" class="notice">
      {notice.value}
    </p>
  );
}

/** Reads nothing that changes from step to step: each panel does so for itself. */
function Stage() {
  return (
    <>
      <Notice />
      <div class={runs.value.length > 1 ? "pair" : ""}>
        {runs.value.map((run, index) => (
          <section
            key={`${index} ${run.recording.protocol}`}
            class="run"
            aria-label={run.recording.title}
          >
            <h2>
              {run.recording.title}{" "}
              <small>
                n = {run.recording.n}, f = {run.recording.f}
                {index > 0 && `: ${run.recording.verdict?.safety ?? ""}`}
              </small>
            </h2>
            <Diagram run={run} index={index} />
            {runs.value.length > 1 && <Counters run={run} index={index} />}
          </section>
        ))}
      </div>
      <TimeBar />
      {first.value !== undefined && (
        <div class="panels">
          <div>
            <Graph run={first.value} />
            <Hands run={first.value} />
          </div>
          <Log run={first.value} />
          <div>
            <StateTable run={first.value} />
            {runs.value.length === 1 && <Counters run={first.value} index={0} />}
          </div>
        </div>
      )}
    </>
  );
}
