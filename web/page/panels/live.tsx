/** A live cluster: real HTTP nodes on this machine, seen as they go. */

import { signal } from "@preact/signals";
import { protocolNamed } from "../../../bench/protocols.ts";
import { LiveRecorder } from "../../recording/live-recorder.ts";
import { setup, showLive } from "../model/session.ts";

interface Started {
  readonly members: readonly { readonly id: string; readonly role: string; readonly url: string }[];
}

const cluster = signal<Started | undefined>(undefined);
const said = signal("");
const line = signal("");
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
  const protocol = protocolNamed(setup.value.protocol);
  const recorder = new LiveRecorder(protocol, setup.value.service, started.members);
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

export function Live() {
  return (
    <section class="live" aria-labelledby="live-title">
      <h2 id="live-title">Live cluster</h2>
      <p class="note">
        Starts real HTTP nodes on this machine for the protocol, size, faults and service of the
        set-up, signed with Ed25519, and shows what all of them tell at <code>/events</code>.
        Balances start at 10 for A to J.
      </p>
      <div class="buttons">
        <button type="button" class="main" onClick={() => void start()}>
          Start
        </button>
        <button type="button" disabled={cluster.value === undefined} onClick={() => void stop()}>
          Stop
        </button>
      </div>
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
