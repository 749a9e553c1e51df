/** native/shutdown.c */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the shutdown work
export interface NativeShutdown {}
