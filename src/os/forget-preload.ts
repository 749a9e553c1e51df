/** No trace of a module that was loaded by --require: fork() hands process.execArgv down, whose children are not for us. */
export function forgetPreload(file: string, cache: Record<string, unknown>): void {
  delete cache[file];
  const at = process.execArgv.findIndex(
    (argument, index) => argument === '--require' && process.execArgv[index + 1] === file,
  );
  if (at >= 0) process.execArgv.splice(at, 2);
}
