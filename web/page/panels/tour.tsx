/** The guided tour: six runs, each with what to look for. */

import { signal } from "@preact/signals";
import { tour } from "../../run/presets.ts";
import { isPlaying } from "../model/player.ts";
import { beside, runSetup, setup, showSchedule } from "../model/session.ts";

const place = signal(-1);

function visit(index: number): void {
  const stop = tour[index];
  if (stop === undefined) return;
  place.value = index;
  isPlaying.value = false;
  setup.value = stop.setup;
  beside.value = stop.beside ?? "";
  if (stop.schedule === undefined) runSetup();
  else showSchedule(stop.schedule);
}

export function Tour() {
  const stop = tour[place.value];
  return (
    <section class="tour" aria-labelledby="tour-title">
      <h2 id="tour-title">Tour in six steps</h2>
      <ol>
        {tour.map(({ title }, index) => (
          <li key={title}>
            <button
              type="button"
              {...(index === place.value ? { "aria-current": "step" as const } : {})}
              onClick={() => visit(index)}
            >
              {title}
            </button>
          </li>
        ))}
      </ol>
      {stop !== undefined && (
        <p class="story" role="status">
          {stop.text}
        </p>
      )}
      <div class="buttons">
        <button type="button" disabled={place.value <= 0} onClick={() => visit(place.value - 1)}>
          Back
        </button>
        <button
          type="button"
          class="main"
          disabled={place.value >= tour.length - 1}
          onClick={() => visit(place.value + 1)}
        >
          {place.value < 0 ? "Begin" : "Go on"}
        </button>
      </div>
    </section>
  );
}
