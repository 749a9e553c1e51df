export declare const NODE_VERSIONS: readonly string[];
export declare function nodeFolder(): string;
export declare function nodePath(version: string): string;
export declare const OTHER_RUNTIMES: readonly ('bun' | 'deno')[];
export declare function runtimeFolder(name: string): string;
export declare function runtimePath(name: string): string;
export declare function windowsNodePath(): string;
