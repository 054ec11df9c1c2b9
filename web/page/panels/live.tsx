/** A live cluster: real HTTP nodes on this machine, seen as they go. */

import { signal } from "@preact/signals";
import { protocolNamed } from "../../../bench/protocols.ts";
import { LiveRecorder, usuallyKept } from "../../recording/live-recorder.ts";
import { first, setup, showLive } from "../model/session.ts";

interface Started {
  /** As processes name it: in domains it says which. */
  readonly protocol: string;
  readonly n: number;
  readonly members: readonly { readonly id: string; readonly role: string; readonly url: string }[];
}

const cluster = signal<Started | undefined>(undefined);
const said = signal("");
const line = signal("");
const kept = signal(String(usuallyKept));

const [fewestKept, mostKept] = [50, 20_000];
const keptIn = (text: string): number =>
  Math.max(fewestKept, Math.min(mostKept, Math.round(Number(text)) || usuallyKept));
let source: EventSource | undefined;

async function post<T>(path: string, body: object): Promise<T | undefined> {
  const answer = await fetch(`./api/live/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const told: unknown = await answer.json();
  if (answer.ok) return told as T;
  said.value = (told as { readonly error: { readonly message: string } }).error.message;
  return undefined;
}

async function start(): Promise<void> {
  source?.close();
  said.value = "starting…";
  const started = await post<Started>("start", setup.value);
  cluster.value = started;
  if (started === undefined) return;
  said.value = "";
  const { protocol, n, members } = started;
  const { service } = setup.value;
  const keeps = keptIn(kept.value);
  const recorder = new LiveRecorder({
    protocol: protocolNamed(protocol),
    n,
    service,
    members,
    keeps,
  });
  let isDue = false;
  const show = () => {
    isDue = false;
    showLive(recorder.recording());
  };
  source = new EventSource("./api/live/events");
  for (const name of LiveRecorder.eventNames) {
    source.addEventListener(name, ({ data }) => {
      recorder.hear(name, JSON.parse(String(data)));
      if (!isDue) requestAnimationFrame(show);
      isDue = true;
    });
  }
}

async function stop(): Promise<void> {
  source?.close();
  await post("stop", {});
  cluster.value = undefined;
}

async function ask(): Promise<void> {
  said.value = "asked…";
  const answer = await post<{ readonly outcome: string }>("request", { operation: line.value });
  if (answer !== undefined) said.value = answer.outcome;
}

function Forgotten() {
  const recording = first.value?.recording;
  if (recording?.forgotten === undefined) return null;
  return (
    <p class="note forgotten">
      Shown are the newest {recording.messages.length} messages; the {recording.forgotten.messages}{" "}
      before them are forgotten.
    </p>
  );
}

export function Live() {
  return (
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title">Live cluster</h2>
      <p class="note">
        Starts real HTTP nodes on this machine for the protocol, size, faults and service of the
        set-up (not its network and balances), signed with Ed25519, and shows what all of them tell
        at <code>/events</code>. Balances start at 10 for A to J. A view changes once f + 1 nodes
        ask.
      </p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => void start()}>
          Start
        </button>
        <button type="button" disabled={cluster.value === undefined} onClick={() => void stop()}>
          Stop
        </button>
      </div>
      <label class="inline">
        Keep the newest
        <input
          type="number"
          min={fewestKept}
          max={mostKept}
          value={kept.value}
          disabled={cluster.value !== undefined}
          onInput={(event) => {
            kept.value = event.currentTarget.value;
          }}
        />
        messages
      </label>
      <Forgotten />
      {cluster.value !== undefined && (
        <>
          <form
            class="ask"
            onSubmit={(event) => {
              event.preventDefault();
              void ask();
            }}
          >
            <input
              aria-label="Request to the live cluster"
              placeholder="A -> B 3"
              value={line.value}
              onInput={(event) => {
                line.value = event.currentTarget.value;
              }}
            />
            <button type="submit">Send request</button>
          </form>
          <ul class="members">
            {cluster.value.members.map(({ id, role, url }) => (
              <li key={id}>
                <b>{id}</b> {role} <code>{url}</code>
                <span class="buttons">
                  {["crash", "recover", "malicious", "view change"].map((act) => (
                    <button
                      key={act}
                      type="button"
                      aria-label={`${act} ${id}`}
                      onClick={() => void post("control", { node: id, act })}
                    >
                      {act}
                    </button>
                  ))}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="said" role="status">
        {said.value}
      </p>
    </section>
  );
}
