import type { AccessRequest, Organization, PinKind } from "@keyferry/sdk";
import { RequestBadge } from "../components/badge";
import { Decision } from "../components/decision";
import { Loaded } from "../components/loaded";
import { Moment } from "../components/moment";
import { OrganizationPage } from "../components/organization-page";
import { Verify } from "../components/verify";
import { bytes } from "../format/bytes";
import { dateTime } from "../format/time";
import { request } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";
import { current } from "../state/session";
import { holdsVault } from "../words/roles";

/** One request: what is asked, by whom, and the decision. */
export function RequestPage(props: { id: string; requestId: string }) {
  return (
    <OrganizationPage id={props.id} title="Request">
      {(of) => <Asked of={of} requestId={props.requestId} />}
    </OrganizationPage>
  );
}

function Asked(props: { of: Organization; requestId: string }) {
  const loaded = useResource(request(props.requestId));
  return (
    <Loaded from={loaded} what="the request">
      {(asked) => (
        <>
          <Facts asked={asked} />
          {asked.state === "pending" && holdsVault(props.of.role) && <Decide asked={asked} reload={loaded.reload} />}
          {asked.state !== "pending" && (
            <p>
              This request is closed. <a href={href(`/o/${asked.organization}/requests`)}>Back to the requests</a>
              {asked.state === "approved" && (
                <>
                  {" or "}
                  <a href={href(`/o/${asked.organization}/grants`)}>to the grants</a>
                </>
              )}
            </p>
          )}
        </>
      )}
    </Loaded>
  );
}

function Facts(props: { asked: AccessRequest }) {
  const { asked } = props;
  return (
    <section class="panel" aria-label="What is asked">
      <dl class="facts">
        <dt>File</dt>
        <dd>
          <strong data-testid="request-name">{asked.name ?? asked.file.label}</strong>
          <span class="small">
            {asked.name !== undefined && `label “${asked.file.label}” · `}
            {bytes(asked.file.contentBytes)}
          </span>
        </dd>
        <dt>Asked by</dt>
        <dd data-testid="requester">{asked.requester.email}</dd>
        <dt>Reason</dt>
        <dd>
          {asked.reason === undefined ? (
            <span class="small">Sealed; only approvers can read it.</span>
          ) : (
            <blockquote class="quote" data-testid="request-reason">
              {asked.reason}
            </blockquote>
          )}
        </dd>
        <dt>Asked</dt>
        <dd>
          <Moment at={asked.createdAt} />, for access until {dateTime(asked.expiresAt)}
        </dd>
        <dt>State</dt>
        <dd>
          <RequestBadge state={asked.state} />
        </dd>
      </dl>
    </section>
  );
}

function Decide(props: { asked: AccessRequest; reload: () => Promise<void> }) {
  const { asked } = props;
  const { requester } = asked;
  const pin = async (how: PinKind): Promise<void> => {
    await current().people.pin(requester.user, requester.fingerprint, how);
    await props.reload();
  };
  return (
    <>
      <Verify
        identity={{
          name: requester.email,
          ask: requester.email,
          fingerprint: requester.fingerprint,
          words: requester.words,
          pin: requester.pin,
        }}
        where="their page “My account”"
        pin={pin}
      />
      <Decision asked={asked} />
    </>
  );
}
