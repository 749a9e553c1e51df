/** `.js` of `server.js`, '' of `.profile`: extname() of node:path without the 0.1 ms of its first call, for paths with `/`. */
export function endingOf(path: string): string {
  const dot = path.lastIndexOf('.');
  const name = path.lastIndexOf('/') + 1;
  return dot > name ? path.slice(dot) : '';
}
