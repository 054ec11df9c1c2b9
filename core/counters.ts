/** What a node counts on its way. */

export class Counters {
  signatures = 0;
  verifications = 0;
  timeOuts = 0;
  delivered = 0;
  readonly sentByKind = new Map<string, number>();
  readonly receivedByKind = new Map<string, number>();
  readonly refusedByObjection = new Map<string, number>();
  readonly marksByName = new Map<string, number>();

  sent(kind: string): void {
    countUp(this.sentByKind, kind);
  }

  received(kind: string): void {
    countUp(this.receivedByKind, kind);
  }

  refused(objection: string): void {
    countUp(this.refusedByObjection, objection);
  }

  marked(name: string): void {
    countUp(this.marksByName, name);
  }

  /** As plain data, for `/status` and the meter. */
  toJSON(): CountersView {
    return {
      signatures: this.signatures,
      verifications: this.verifications,
      timeOuts: this.timeOuts,
      delivered: this.delivered,
      sent: Object.fromEntries(this.sentByKind),
      received: Object.fromEntries(this.receivedByKind),
      refused: Object.fromEntries(this.refusedByObjection),
      marks: Object.fromEntries(this.marksByName),
    };
  }
}

export interface CountersView {
  readonly signatures: number;
  readonly verifications: number;
  readonly timeOuts: number;
  readonly delivered: number;
  readonly sent: Readonly<Record<string, number>>;
  readonly received: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
}

const countUp = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
