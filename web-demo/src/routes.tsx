import type { JSX } from "preact";
import { AccessPage } from "./pages/access";
import { AccountPage } from "./pages/account";
import { ActivityPage } from "./pages/activity";
import { AdmitPage } from "./pages/admit";
import { FilesPage } from "./pages/files";
import { GrantsPage } from "./pages/grants";
import { HomePage } from "./pages/home";
import { InvitationPage } from "./pages/invitation";
import { NewOrganizationPage } from "./pages/new-organization";
import { OpenPage } from "./pages/open";
import { PeoplePage } from "./pages/people";
import { RequestPage } from "./pages/request";
import { RequestAccessPage } from "./pages/request-access";
import { RequestsPage } from "./pages/requests";
import { TrailPage } from "./pages/trail";
import { UploadPage } from "./pages/upload";
import type { Params } from "./state/router";

const at = (params: Params, name: string): string => params[name] ?? "";

/** Pages of a person who is logged in: pattern, and the page of a match. */
export const MEMBER_ROUTES: readonly [string, (params: Params, key: string) => JSX.Element][] = [
  ["/", (_, key) => <HomePage key={key} />],
  ["/login", (_, key) => <HomePage key={key} />],
  ["/register", (_, key) => <HomePage key={key} />],
  ["/register/:invitation", (_, key) => <HomePage key={key} />],
  ["/organizations/new", (_, key) => <NewOrganizationPage key={key} />],
  ["/o/:organization/files", (p, key) => <FilesPage key={key} id={at(p, "organization")} />],
  ["/o/:organization/upload", (p, key) => <UploadPage key={key} id={at(p, "organization")} />],
  [
    "/o/:organization/files/:file/request",
    (p, key) => <RequestAccessPage key={key} id={at(p, "organization")} file={at(p, "file")} />,
  ],
  ["/o/:organization/requests", (p, key) => <RequestsPage key={key} id={at(p, "organization")} />],
  [
    "/o/:organization/requests/:request",
    (p, key) => <RequestPage key={key} id={at(p, "organization")} requestId={at(p, "request")} />,
  ],
  ["/o/:organization/grants", (p, key) => <GrantsPage key={key} id={at(p, "organization")} />],
  ["/o/:organization/people", (p, key) => <PeoplePage key={key} id={at(p, "organization")} />],
  [
    "/o/:organization/invitations/:invitation",
    (p, key) => <AdmitPage key={key} id={at(p, "organization")} invitationId={at(p, "invitation")} />,
  ],
  ["/o/:organization/trail", (p, key) => <TrailPage key={key} id={at(p, "organization")} />],
  ["/invitations/:invitation", (p, key) => <InvitationPage key={key} id={at(p, "invitation")} />],
  ["/access", (_, key) => <AccessPage key={key} />],
  ["/open/:file", (p, key) => <OpenPage key={key} file={at(p, "file")} />],
  ["/activity", (_, key) => <ActivityPage key={key} />],
  ["/account", (_, key) => <AccountPage key={key} />],
];
