import type { Grant } from "@keyferry/sdk";
import { GrantBadge } from "./badge";
import { Moment } from "./moment";
import type { Column } from "./table";

/** What a grant is about. */
export const grantSubject: Column<Grant> = {
  heading: "File",
  cell: (grant) => (
    <>
      {grant.file.label}
      <span class="small">
        approved by {grant.granter.email}
        {grant.file.version > 1 && ` · version ${grant.file.version}`}
      </span>
    </>
  ),
};

/** How long it holds, and whether somebody ended it. */
export const grantColumns: readonly Column<Grant>[] = [
  { heading: "Ends", cell: (grant) => (grant.state === "revoked" ? "ended early" : <Moment at={grant.expiresAt} />) },
  { heading: "State", cell: (grant) => <GrantBadge state={grant.state} /> },
];
