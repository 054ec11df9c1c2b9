/** Progress for whoever watches: one line on stderr that rewrites itself, and nothing into a pipe. */

export interface Progress {
  show(text: string): void;
  /** A line that stays. */
  say(text: string): void;
  /** Takes the line away, so that what follows stands alone. */
  clear(): void;
}

const eraseLine = "\r\u001b[K";

export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  if (!stream.isTTY) return { show: () => {}, say: () => {}, clear: () => {} };
  return {
    show: (text) => {
      stream.write(`${eraseLine}${text.slice(0, Math.max(1, (stream.columns ?? 80) - 1))}`);
    },
    say: (text) => {
      stream.write(`${eraseLine}${text}\n`);
    },
    clear: () => {
      stream.write(eraseLine);
    },
  };
}
