/** native/foreground.c */
// biome-ignore lint/suspicious/noEmptyInterface: filled by the foreground work
export interface NativeForeground {}
