export declare function nativeSources(os: string): { sources: string[]; includes: string[] };
