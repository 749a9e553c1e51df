export declare const NODE_VERSIONS: readonly string[];
export declare function nodeFolder(): string;
export declare function nodePath(version: string): string;
