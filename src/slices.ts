/** How long one piece of work may hold the event loop before it lets everything else have its turn. */
export const SLICE_MS = 8;

export const breathe = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
