/** How often a test repeats what is a matter of luck: `DAIMON_TEST_ROUNDS` times its usual number. */
export function rounds(usual: number): number {
  return usual * Math.max(1, Number(process.env.DAIMON_TEST_ROUNDS ?? 1));
}
