export interface Clocks {
  /** In ms since the epoch. */
  readonly wall: () => number;
  /** In ms since whenever; on some systems it stands still while the machine sleeps. */
  readonly monotonic: () => number;
}
