import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

let first = true;

/** A page: its heading takes the focus when one comes here, so that screen readers begin at the top. */
export function Page(props: {
  title: string;
  lead?: ComponentChildren;
  above?: ComponentChildren;
  actions?: ComponentChildren;
  narrow?: boolean;
  children: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${props.title} · Keyferry`;
  }, [props.title]);
  useEffect(() => {
    // The first page keeps the browser's own focus, so that autofocus works.
    if (!first) heading.current?.focus({ preventScroll: true });
    if (!first) scrollTo(0, 0);
    first = false;
  }, []);
  return (
    <div class={props.narrow === true ? "page page-narrow" : "page"}>
      {props.above}
      <header class="page-head">
        <div>
          <h1 tabIndex={-1} ref={heading} data-testid="page-title">
            {props.title}
          </h1>
          {props.lead !== undefined && <p class="lead">{props.lead}</p>}
        </div>
        {props.actions !== undefined && <div class="page-actions">{props.actions}</div>}
      </header>
      {props.children}
    </div>
  );
}
