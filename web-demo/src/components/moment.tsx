import { clock } from "../state/clock";
import { exactTime, relative } from "../format/time";

/** A point in time: how far away, with the exact time at hand. */
export function Moment(props: { at: Date }) {
  // Reading the clock repaints this now and then; the time itself is taken fresh, for what is newer than the last tick.
  void clock.value;
  return (
    <time dateTime={props.at.toISOString()} title={exactTime(props.at)}>
      {relative(props.at, new Date())}
    </time>
  );
}
