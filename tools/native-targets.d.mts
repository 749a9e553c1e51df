export declare const TARGETS: Readonly<
  Record<string, { readonly compiler: readonly string[]; readonly remedy: string }>
>;
