import type { ComponentChildren } from "preact";
import type { Resource } from "../state/resource";
import { hasCode } from "../words/errors";
import { ErrorBanner } from "./error-banner";

/** Shows a resource: a quiet placeholder, an error with a way on, or the value, which stays while it reloads. */
export function Loaded<T>(props: { from: Resource<T>; what: string; children: (value: T) => ComponentChildren }) {
  const value = props.from.data.value;
  const error = props.from.error.value;
  const failed = <ErrorBanner error={error} retry={() => void props.from.reload()} />;
  // What I may not see any more does not stay on the screen.
  if (hasCode(error, "not_found")) return failed;
  if (value === undefined) return error === undefined ? <Placeholder what={props.what} /> : failed;
  return (
    <>
      {failed}
      {props.children(value)}
    </>
  );
}

/** Something is on its way. */
export function Placeholder(props: { what: string }) {
  return (
    <div class="placeholder" role="status">
      <span class="visually-hidden">Loading {props.what}…</span>
      <span class="bone" />
      <span class="bone" />
      <span class="bone" />
    </div>
  );
}

/** There is nothing, and what to do about it. */
export function Empty(props: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty" data-testid="empty">
      <p class="empty-title">{props.title}</p>
      {props.children}
    </div>
  );
}
