export function instrument(kind: 'coverage' | 'sanitized' | 'debug'): Promise<string>;
