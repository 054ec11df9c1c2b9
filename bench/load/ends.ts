/** Several reasons to end as one signal that can be let go of. */

export interface Ends {
  readonly signal: AbortSignal;
  /** The reasons forget the signal, and with it whoever listens to it. */
  letGo(): void;
}

/**
 * Aborts with the first of them. Unlike that of `AbortSignal.any`, its listeners need not live as long as
 * the longest-lived of the reasons: a run has one for Ctrl-C and hundreds of loads.
 */
export function endsWith(...reasons: readonly AbortSignal[]): Ends {
  const controller = new AbortController();
  const end = ({ target }: { readonly target: unknown }) =>
    controller.abort(target instanceof AbortSignal ? target.reason : undefined);
  for (const reason of reasons) {
    if (reason.aborted) controller.abort(reason.reason);
    reason.addEventListener("abort", end, { once: true });
  }
  return {
    signal: controller.signal,
    letGo: () => {
      for (const reason of reasons) reason.removeEventListener("abort", end);
    },
  };
}
