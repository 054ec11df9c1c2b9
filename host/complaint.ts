/** What a server says to a request that it does not take: a status, a word for machines, a sentence. */

export interface Complaint {
  readonly status: 400 | 401 | 403 | 404 | 405 | 408 | 409 | 413 | 415 | 429 | 431 | 500 | 504;
  readonly code: string;
  readonly message: string;
  /** What else is known of it. */
  readonly detail?: Readonly<Record<string, unknown>>;
  /** Whether nothing more can be read from this connection. */
  readonly closes?: boolean;
}

export const complaintBody = ({ code, message, detail }: Complaint): string =>
  `${JSON.stringify({ error: { code, message, ...detail } })}\n`;

export const badRequest = (code: string, message: string): Complaint => ({
  status: 400,
  code,
  message,
});
