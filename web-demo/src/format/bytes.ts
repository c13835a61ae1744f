// Sizes and speeds for people.
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `1.5 MiB`, with a space that does not break. */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)}\u00a0${UNITS[unit] ?? ""}`;
}

/** `12 MiB/s`. */
export const speed = (bytesPerSecond: number): string => `${bytes(bytesPerSecond)}/s`;

/** `about 2 min left`. */
export function timeLeft(seconds: number): string {
  if (seconds < 60) return `about ${Math.max(1, Math.round(seconds))} s left`;
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} min left`;
  return `about ${(seconds / 3600).toFixed(1)} h left`;
}
