// Points in time for people, in their own language and zone.
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

// The relay's clock may be a little ahead of this one.
const SKEW_MS = 10_000;

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** Date and time to the minute. */
export const dateTime = (at: Date): string => full.format(at);

/** Date and time to the second. */
export const exactTime = (at: Date): string => exactly.format(at);

/** `in 3 days`, `5 minutes ago`, `just now`. */
export function relative(at: Date, now: Date): string {
  const distance = at.getTime() - now.getTime();
  for (const [unit, length] of STEPS) {
    if (Math.abs(distance) >= length) return ago.format(Math.round(distance / length), unit);
  }
  return distance > SKEW_MS ? "in less than a minute" : "just now";
}

/** The value of a `datetime-local` input for a point in time, in the person's own zone. */
export function toLocalInput(at: Date): string {
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
