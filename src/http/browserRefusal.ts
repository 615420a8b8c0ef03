/** Whether a server that did not answer a request is there, and lets in no page of another origin. */
export type RefusesBrowser = (fetchImpl: typeof fetch, url: string, signal: AbortSignal) => Promise<boolean>;

/** Undefined but in a browser, where a refusal and a server that is away look alike. */
export const refusesBrowser: RefusesBrowser | undefined = undefined;
