export interface RestFault {
  /** A status to answer with, a reset connection, no answer at all, or a web page with status 200. */
  status: number | 'reset' | 'hang' | 'html';
  /** How many requests it hits; without it, all until `healRest`. */
  times?: number;
  /** The path's pattern, such as `/api/sessions/:id`; without it, every one. OAuth has faults of its own. */
  path?: string;
  method?: string;
  retryAfterS?: number;
}

export class RestFaults {
  /** Answers are held back this long after they were made, so that they can be older than the events. */
  slowMs = 0;
  /** The origin that every answer redirects to. */
  redirectTo: string | undefined;
  private faults: RestFault[] = [];

  add(fault: RestFault): void {
    this.faults.push({ ...fault });
  }

  clear(): void {
    this.faults = [];
    this.slowMs = 0;
    this.redirectTo = undefined;
  }

  /** The fault this request runs into, if any. */
  take(method: string, path: string): RestFault | undefined {
    const fault = this.faults.find(
      (each) => (each.path ?? path) === path && (each.method ?? method) === method && each.times !== 0,
    );
    if (fault?.times !== undefined) fault.times -= 1;
    return fault;
  }
}
