export interface CallFault {
  /** The channel crashes, no answer comes, or one that is an error. */
  answer: 'crash' | 'hang' | 'error';
  /** Without it, every call. */
  event?: string;
  /** How many calls it hits; without it, all until `healCalls`. */
  times?: number;
}

/** Faults of what clients ask on a channel. */
export class CallFaults {
  /** Answers are held back this long after they were made, so that they can be older than the events. */
  slowMs = 0;
  private faults: CallFault[] = [];

  add(fault: CallFault): void {
    this.faults.push({ ...fault });
  }

  clear(): void {
    this.faults = [];
    this.slowMs = 0;
  }

  /** The fault this call runs into, if any. */
  take(event: string): CallFault['answer'] | undefined {
    const fault = this.faults.find((each) => (each.event ?? event) === event && each.times !== 0);
    if (fault?.times !== undefined) fault.times -= 1;
    return fault?.answer;
  }
}
