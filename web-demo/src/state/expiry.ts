// Until when access lasts, as a person chooses it.

/** A choice. `custom` is the value of a `datetime-local` input, in the person's own zone. */
export type Expiry = { kind: "asked" } | { kind: "days"; days: number } | { kind: "custom"; at: string };

const DAY_MS = 86_400_000;

/** The point in time a choice means; nothing while a custom one is incomplete. */
export function expiryDate(choice: Expiry, asked: Date | undefined, now: Date): Date | undefined {
  switch (choice.kind) {
    case "asked":
      return asked;
    case "days":
      return new Date(now.getTime() + choice.days * DAY_MS);
    case "custom": {
      const at = new Date(choice.at);
      return Number.isNaN(at.getTime()) ? undefined : at;
    }
  }
}

/** What is wrong with a date, if anything. */
export function expiryFault(at: Date | undefined, asked: Date | undefined, longer: boolean, now: Date): string | undefined {
  if (at === undefined) return "Choose a date and time.";
  if (at <= now) return "This time has passed. Choose a later one.";
  if (asked !== undefined && !longer && at > asked) {
    return "This is longer than was asked. Choose a shorter time, or allow longer on purpose.";
  }
  return undefined;
}
