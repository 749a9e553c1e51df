/** What toISOString() gives for the years 0 to 9999, without reading the time zone, which takes 0.2 ms. ISO 8601 */
export function isoTime(date: Date): string {
  const day = [
    String(date.getUTCFullYear()).padStart(4, '0'),
    twoDigits(date.getUTCMonth() + 1),
    twoDigits(date.getUTCDate()),
  ];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(twoDigits);
  const milliseconds = String(date.getUTCMilliseconds()).padStart(3, '0');
  return `${day.join('-')}T${time.join(':')}.${milliseconds}Z`;
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
