/** Time: step, play, jump. The keys work wherever the focus is, save in fields. */

import { useEffect } from "preact/hooks";
import type { Recording } from "../../recording/recording.ts";
import { showDecided, span, zoom } from "../diagram/view.ts";
import { type Goal, nextGoal } from "../model/jumps.ts";
import { isPlaying, speed, speeds } from "../model/player.ts";
import { first, goTo, moment, notice, showsControl, step } from "../model/session.ts";

const goals: readonly (readonly [Goal, string])[] = [
  ["phase", "p"],
  ["decision", "d"],
  ["view", "v"],
  ["violation", "x"],
];

function jump(goal: Goal): void {
  const recording = first.value?.recording;
  if (recording === undefined) return;
  const found = nextGoal(recording, step.value, goal);
  notice.value = typeof found === "string" ? found : "";
  if (typeof found === "number") goTo(found);
}

const togglePlay = (): void => {
  const isAtEnd = step.value >= (first.value?.recording.steps.length ?? 0) - 1;
  if (!isPlaying.value && isAtEnd) goTo(0);
  isPlaying.value = !isPlaying.value;
};

function onKey(event: KeyboardEvent): void {
  const isField =
    event.target instanceof Element && event.target.matches("input, textarea, select");
  if (isField || event.ctrlKey || event.metaKey || event.altKey) return;
  const isButton =
    event.target instanceof Element &&
    event.target.closest("button, summary, [role=button]") !== null;
  const goal = goals.find(([, key]) => key === event.key)?.[0];
  if (goal !== undefined) jump(goal);
  else if (event.key === "ArrowRight") goTo(step.value + 1);
  else if (event.key === "ArrowLeft") goTo(step.value - 1);
  else if (event.key === "Home") goTo(0);
  else if (event.key === "End") goTo(Number.MAX_SAFE_INTEGER);
  else if (event.key === " " && !isButton) togglePlay();
  else return;
  event.preventDefault();
}

export function TimeBar() {
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const recording = first.value?.recording;
  if (recording === undefined) return null;
  const last = recording.steps.length - 1;
  return (
    <section class="time" aria-label="Time">
      <div class="buttons">
        <button type="button" onClick={() => goTo(0)} aria-label="To the beginning" title="Home">
          |‹
        </button>
        <button type="button" onClick={() => goTo(step.value - 1)} title="Left arrow">
          ‹ Previous
        </button>
        <button type="button" class="main" onClick={togglePlay} title="Space">
          {isPlaying.value ? "Pause" : "Play"}
        </button>
        <button type="button" onClick={() => goTo(step.value + 1)} title="Right arrow">
          Next ›
        </button>
        <button type="button" onClick={() => goTo(last)} aria-label="To the end" title="End">
          ›|
        </button>
        <label class="inline">
          Speed
          <select
            value={speed.value}
            onChange={(event) => {
              speed.value = Number(event.currentTarget.value);
            }}
          >
            {speeds.map((ms) => (
              <option key={ms} value={ms}>{`${ms} ms/s`}</option>
            ))}
          </select>
        </label>
        <span class="group" role="group" aria-label="Jump to the next">
          {goals.map(([goal, key]) => (
            <button key={goal} type="button" title={`Key ${key}`} onClick={() => jump(goal)}>
              {goal}
            </button>
          ))}
        </span>
        <span class="group" role="group" aria-label="Zoom">
          <button type="button" aria-label="Zoom out" onClick={() => zoom(1.5, moment.value)}>
            −
          </button>
          <button type="button" aria-label="Zoom in" onClick={() => zoom(1 / 1.5, moment.value)}>
            +
          </button>
          <button type="button" onClick={() => showDecided(recording)}>
            fit
          </button>
          <button
            type="button"
            onClick={() => {
              span.value = { fromMs: 0, untilMs: recording.steps.at(-1)?.atMs ?? 1 };
            }}
          >
            all
          </button>
        </span>
        <label class="inline">
          <input
            type="checkbox"
            checked={showsControl.value}
            onChange={(event) => {
              showsControl.value = event.currentTarget.checked;
            }}
          />
          heartbeats and the like
        </label>
      </div>
      <Now recording={recording} />
    </section>
  );
}

function Now({ recording: { steps } }: { readonly recording: Recording }) {
  const last = steps.length - 1;
  const now = steps[step.value];
  return (
    <>
      <input
        type="range"
        min={0}
        max={last}
        value={step.value}
        aria-label="Step"
        aria-valuetext={`step ${step.value + 1} of ${last + 1}`}
        onInput={(event) => goTo(Number(event.currentTarget.value))}
      />
      <p class="now" aria-live={isPlaying.value ? "off" : "polite"}>
        <span class="number">
          step {step.value + 1} of {last + 1}, {moment.value.toFixed(2)} ms
        </span>{" "}
        <b>{now?.node}</b> {now?.text}
      </p>
    </>
  );
}
