export declare const NODE_MAJORS: readonly number[];
export declare function nodeFolder(): string;
export declare function nodePath(major: number): string;
