import type { Grant } from "@keyferry/sdk";
import { Moment } from "./moment";

/** What a grant is about. */
export function grantSubject(grant: Grant) {
  return (
    <>
      {grant.file.label}
      <span class="small">approved by {grant.granter.email}</span>
    </>
  );
}

/** When a grant ends, or that somebody ended it. */
export function grantEnd(grant: Grant) {
  return grant.state === "revoked" ? "ended early" : <Moment at={grant.expiresAt} />;
}
