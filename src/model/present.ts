/** A user who watches, under the key that the server gives; `user:` and the id with servers of today. */
export interface Present {
  readonly key: string;
  /** Connections. */
  readonly count: number;
}
