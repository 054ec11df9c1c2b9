/** Ctrl-C: the first one ends a run cleanly, the second one at once. */

export const interruptedExitCode = 130;

let signal: AbortSignal | undefined;

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process where it stands. */
export function signalOfInterrupts(): AbortSignal {
  signal ??= listen();
  return signal;
}

function listen(): AbortSignal {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(interruptedExitCode);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return controller.signal;
}
