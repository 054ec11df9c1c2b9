/** What honest nodes answer: a copy of the service beside the run, told every operation in order. */

import { canonical, type Json } from "../../core/encoding.ts";
import type { Digest } from "../../core/ids.ts";
import { digestOf } from "../../host/crypto.ts";
import { serviceNamed } from "../../services/services.ts";
import { hash128 } from "../../sim/hash.ts";
import type { ServiceName } from "../cluster.ts";

export interface Oracle {
  /** The digests that a log may hold for the right answer; each operation is executed here once. */
  answerTo(operation: Json): ReadonlySet<Digest>;
}

export function createOracle(name: ServiceName): Oracle {
  const service = serviceNamed(name).create();
  return {
    answerTo(operation) {
      const { result } = service.execute(canonical(operation));
      // Simulated hosts hash in their own way; no answer has the digest of another in either.
      return new Set([digestOf(result), hash128(result)]);
    },
  };
}
