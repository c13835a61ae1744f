import type { GrantState, Pin, RequestState } from "@keyferry/sdk";
import type { ComponentChildren } from "preact";

/** The tone of a badge. */
export type Tone = "plain" | "good" | "wait" | "bad";

/** A short state, in words; the colour only repeats them. */
export function Badge(props: { tone: Tone; testid?: string; children: ComponentChildren }) {
  return (
    <span class={`badge badge-${props.tone}`} {...(props.testid === undefined ? {} : { "data-testid": props.testid })}>
      {props.children}
    </span>
  );
}

const PINS: Record<Pin, [Tone, string]> = {
  verified: ["good", "Verified"],
  trusted: ["wait", "Trusted, not compared"],
  unverified: ["wait", "Not compared yet"],
  changed: ["bad", "Identity changed"],
};

/** How far an identity is known to be the right one. */
export function PinBadge(props: { pin: Pin }) {
  const [tone, words] = PINS[props.pin];
  return (
    <Badge tone={tone} testid={`pin-${props.pin}`}>
      {words}
    </Badge>
  );
}

const REQUESTS: Record<RequestState, [Tone, string]> = {
  pending: ["wait", "Waiting"],
  approved: ["good", "Approved"],
  denied: ["bad", "Denied"],
  withdrawn: ["plain", "Withdrawn"],
};

/** Where a request stands. */
export function RequestBadge(props: { state: RequestState }) {
  const [tone, words] = REQUESTS[props.state];
  return (
    <Badge tone={tone} testid={`request-${props.state}`}>
      {words}
    </Badge>
  );
}

const GRANTS: Record<GrantState, [Tone, string]> = {
  active: ["good", "Active"],
  revoked: ["bad", "Revoked"],
  expired: ["plain", "Expired"],
};

/** Where a grant stands. */
export function GrantBadge(props: { state: GrantState }) {
  const [tone, words] = GRANTS[props.state];
  return (
    <Badge tone={tone} testid={`grant-${props.state}`}>
      {words}
    </Badge>
  );
}
