import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { Check } from "./check";
import { dateTime, toLocalInput } from "../format/time";
import { type Expiry, expiryDate } from "../state/expiry";

const DAYS = [1, 7, 30] as const;

/** Until when: a few usual lengths or a date. With `asked`, nothing longer unless that is allowed on purpose. */
export function ExpiryPicker(props: { legend: string; value: Signal<Expiry>; asked?: Date; longer?: Signal<boolean> }) {
  const name = useId();
  const now = new Date();
  const tooLong = (choice: Expiry): boolean => {
    const date = expiryDate(choice, props.asked, now);
    return props.asked !== undefined && props.longer?.value !== true && date !== undefined && date > props.asked;
  };
  const radio = (choice: Expiry, label: string, key: string) => (
    <label class="choice" key={key}>
      <input
        type="radio"
        name={name}
        checked={same(props.value.value, choice)}
        disabled={tooLong(choice)}
        onChange={() => {
          props.value.value = choice;
        }}
        data-testid={`expiry-${key}`}
      />
      <span>{label}</span>
    </label>
  );
  const custom = props.value.value.kind === "custom" ? props.value.value.at : undefined;
  return (
    <fieldset class="expiry">
      <legend>{props.legend}</legend>
      <div class="choices">
        {props.asked !== undefined && radio({ kind: "asked" }, `As asked: ${dateTime(props.asked)}`, "asked")}
        {DAYS.map((days) => radio({ kind: "days", days }, days === 1 ? "1 day" : `${days} days`, String(days)))}
        <label class="choice">
          <input
            type="radio"
            name={name}
            checked={custom !== undefined}
            onChange={() => {
              props.value.value = { kind: "custom", at: toLocalInput(props.asked ?? new Date(now.getTime() + 3 * 86_400_000)) };
            }}
            data-testid="expiry-custom"
          />
          <span>Custom</span>
        </label>
      </div>
      {custom !== undefined && (
        <input
          type="datetime-local"
          aria-label={`${props.legend}: date and time`}
          required
          value={custom}
          min={toLocalInput(now)}
          {...(props.asked !== undefined && props.longer?.value !== true ? { max: toLocalInput(props.asked) } : {})}
          onInput={(event) => {
            props.value.value = { kind: "custom", at: event.currentTarget.value };
          }}
          data-testid="expiry-date"
        />
      )}
      {props.longer !== undefined && <Longer longer={props.longer} />}
    </fieldset>
  );
}

function Longer(props: { longer: Signal<boolean> }) {
  return (
    <Check value={props.longer} testid="expiry-longer">Allow longer than was asked</Check>
  );
}

function same(one: Expiry, other: Expiry): boolean {
  return one.kind === other.kind && (one.kind !== "days" || other.kind !== "days" || one.days === other.days);
}
