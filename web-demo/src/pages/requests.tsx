import type { AccessRequest, Organization } from "@keyferry/sdk";
import { PinBadge, RequestBadge } from "../components/badge";
import { Empty, Loaded } from "../components/loaded";
import { Moment } from "../components/moment";
import { OrganizationPage } from "../components/organization-page";
import { requests } from "../state/data";
import { useResource } from "../state/resource";
import { href } from "../state/router";

/** Requests to an organization: first those that wait. */
export function RequestsPage(props: { id: string }) {
  return (
    <OrganizationPage id={props.id} title="Requests" lead="New requests show up by themselves.">
      {(of) => <Lists of={of} />}
    </OrganizationPage>
  );
}

function Lists(props: { of: Organization }) {
  const listed = useResource(requests(props.of.id));
  return (
    <Loaded from={listed} what="requests">
      {(list) => {
        const waiting = list.filter((each) => each.state === "pending").sort(oldestFirst);
        const decided = list.filter((each) => each.state !== "pending").sort((a, b) => oldestFirst(b, a));
        return (
          <>
            {waiting.length === 0 ? (
              <Empty title="Nothing waits for a decision.">
                <p>When a consultant asks for a file, it appears here within a second.</p>
              </Empty>
            ) : (
              <ul class="cards cards-wide" data-testid="pending-requests">
                {waiting.map((each) => (
                  <Waiting key={each.id} request={each} />
                ))}
              </ul>
            )}
            {decided.length > 0 && <Decided list={decided} />}
          </>
        );
      }}
    </Loaded>
  );
}

const oldestFirst = (a: AccessRequest, b: AccessRequest): number => a.createdAt.getTime() - b.createdAt.getTime();

function Waiting(props: { request: AccessRequest }) {
  const { request } = props;
  return (
    <li class="card card-wait" data-testid="pending-request" data-request={request.id}>
      <div class="row row-between">
        <strong class="clip">{request.requester.email}</strong>
        <PinBadge pin={request.requester.pin} />
      </div>
      <p>
        asks for <strong>{request.file.label}</strong>, <Moment at={request.createdAt} />
      </p>
      {request.reason !== undefined && <blockquote class="quote">{request.reason}</blockquote>}
      <a class="button button-primary" href={href(`/o/${request.organization}/requests/${request.id}`)} data-testid="decide">
        Look at it and decide
      </a>
    </li>
  );
}

function Decided(props: { list: AccessRequest[] }) {
  return (
    <>
      <h2>Decided</h2>
      <table class="table" data-testid="decided-requests">
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col">Asked by</th>
            <th scope="col">When</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {props.list.map((each) => (
            <tr key={each.id}>
              <th scope="row">
                <a href={href(`/o/${each.organization}/requests/${each.id}`)}>{each.file.label}</a>
              </th>
              <td data-name="Asked by">{each.requester.email}</td>
              <td data-name="When">
                <Moment at={each.createdAt} />
              </td>
              <td data-name="State">
                <RequestBadge state={each.state} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
