/** Reads the body of a request as JSON text: bounded, in valid UTF-8, of the right type. */

import type { IncomingMessage } from "node:http";
import { badRequest, type Complaint } from "./complaint.ts";

// The byte order mark stays: JSON does not know it.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, or why there is none. */
export type Body =
  | { readonly text: string; readonly complaint?: undefined }
  | { readonly text?: undefined; readonly complaint: Complaint };

export async function readJsonText(incoming: IncomingMessage, limitBytes: number): Promise<Body> {
  const complaint = complaintAbout(incoming, limitBytes);
  if (complaint !== undefined) return { complaint };
  const bytes = await readBytes(incoming, limitBytes);
  if (!Buffer.isBuffer(bytes)) return { complaint: bytes };
  if (bytes.length === 0) return { complaint: badRequest("empty-body", "a JSON body is expected") };
  const text = decode(bytes);
  return text === undefined
    ? { complaint: badRequest("bad-encoding", "the body is not valid UTF-8") }
    : { text };
}

function complaintAbout({ headers }: IncomingMessage, limitBytes: number): Complaint | undefined {
  const type = headers["content-type"];
  if (type !== "application/json" && !isJsonType(type)) {
    const given = type === undefined ? "none" : JSON.stringify(type.slice(0, 80));
    const message = `the content type must be application/json in UTF-8, not ${given}`;
    return { status: 415, code: "unsupported-media-type", message };
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    const message = "the body must be sent as it is, without a content encoding";
    return { status: 415, code: "unsupported-media-type", message };
  }
  return Number(headers["content-length"] ?? 0) > limitBytes ? tooLarge(limitBytes) : undefined;
}

const isJsonType = (type: string | undefined): boolean =>
  type !== undefined && /^application\/json *(; *charset="?utf-8"? *)?$/i.test(type);

const tooLarge = (limitBytes: number): Complaint => ({
  status: 413,
  code: "body-too-large",
  message: `the body must have at most ${limitBytes} bytes`,
  closes: true,
});

// The status is for the counters only: nobody is left to read it.
const truncated: Complaint = {
  status: 400,
  code: "truncated-body",
  message: "the connection ended before the body did",
  closes: true,
};

/** Listens to the stream itself: the web stream of a request costs more than all the rest of it. */
function readBytes(incoming: IncomingMessage, limitBytes: number): Promise<Buffer | Complaint> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) {
        chunks.length = 0;
        resolve(tooLarge(limitBytes));
      } else {
        chunks.push(chunk);
      }
    });
    incoming.on("end", () => {
      const [only] = chunks;
      resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks, length));
    });
    incoming.on("error", () => resolve(truncated));
    incoming.on("close", () => resolve(truncated));
  });
}

function decode(bytes: Buffer): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
