import { clock } from "../state/clock";
import { exactTime, relative } from "../format/time";

/** A point in time: how far away, with the exact time at hand. */
export function Moment(props: { at: Date }) {
  return (
    <time dateTime={props.at.toISOString()} title={exactTime(props.at)}>
      {relative(props.at, clock.value)}
    </time>
  );
}
