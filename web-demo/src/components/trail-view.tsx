import type { AuditEvent } from "@keyferry/sdk";
import { type Signal, useSignal } from "@preact/signals";
import { exactTime } from "../format/time";
import { toCsv } from "../state/csv";
import { offer } from "../state/saving";
import type { Trail } from "../state/trail";
import { GROUPS, operationGroup, operationWords } from "../words/operations";
import { Badge } from "./badge";
import { ErrorBanner } from "./error-banner";
import { Empty, Placeholder } from "./loaded";

/** What the filter lets through. */
interface Filter {
  words: Signal<string>;
  group: Signal<string>;
  source: Signal<string>;
  outcome: Signal<string>;
}

/** A trail with its filter; what the relay says and what clients signed are marked apart. */
export function TrailView(props: { trail: Trail; nameOf: (user: string) => string; fileName: string }) {
  const { trail, nameOf } = props;
  const filter: Filter = { words: useSignal(""), group: useSignal(""), source: useSignal(""), outcome: useSignal("") };
  const events = trail.events.value;
  const failed = <ErrorBanner error={trail.refresh.error.value} retry={() => void trail.refresh.start()} />;
  if (events === undefined) return trail.refresh.error.value === undefined ? <Placeholder what="the trail" /> : failed;
  const shown = events.filter((event) => passes(event, filter, nameOf));
  return (
    <>
      <Legend />
      <FilterBar filter={filter} trail={trail} />
      {failed}
      <div class="row row-between">
        <p class="small" role="status" data-testid="trail-count">
          {shown.length} of {events.length} loaded events
        </p>
        <button type="button" class="button button-small" onClick={() => saveCsv(shown, nameOf, props.fileName)} data-testid="trail-save">
          Save these as CSV
        </button>
      </div>
      {shown.length === 0 ? <Empty title="No event fits this filter." /> : <Events list={shown} nameOf={nameOf} follow={(id) => (filter.words.value = id)} />}
      <ErrorBanner error={trail.older.error.value} />
      {trail.more.value && (
        <button type="button" class="button" disabled={trail.older.busy.value} onClick={() => void trail.older.start()} data-testid="trail-older">
          {trail.older.busy.value ? "Loading…" : "Load older events"}
        </button>
      )}
    </>
  );
}

function passes(event: AuditEvent, filter: Filter, nameOf: (user: string) => string): boolean {
  if (filter.group.value !== "" && operationGroup(event.operation) !== filter.group.value) return false;
  if (filter.source.value !== "" && event.reported !== (filter.source.value === "reported")) return false;
  if (filter.outcome.value !== "" && event.success !== (filter.outcome.value === "success")) return false;
  const text = [
    operationWords(event.operation),
    event.operation,
    event.user === undefined ? "" : nameOf(event.user),
    ...[event.user, event.file, event.request, event.grant, event.address, event.details].map((each) => each ?? ""),
  ];
  return text.join(" ").toLowerCase().includes(filter.words.value.trim().toLowerCase());
}

function saveCsv(events: readonly AuditEvent[], nameOf: (user: string) => string, name: string): void {
  offer(new Blob([toCsv(events, nameOf)], { type: "text/csv" }), `${name}.csv`, () => undefined);
}

function Legend() {
  return (
    <p class="legend">
      <Source reported={false} /> is what the relay says it did. <Source reported={true} /> is what a person’s own program signed;
      the relay can neither invent nor change it.
    </p>
  );
}

function Source(props: { reported: boolean }) {
  return (
    <span class={props.reported ? "source source-reported" : "source"} data-testid={props.reported ? "reported" : "relayed"}>
      {props.reported ? "Signed report" : "Relay’s word"}
    </span>
  );
}

function FilterBar(props: { filter: Filter; trail: Trail }) {
  const { filter, trail } = props;
  return (
    <div class="filters" role="search">
      <input
        type="search"
        aria-label="Search the trail"
        placeholder="Person, id, address"
        value={filter.words.value}
        onInput={(event) => {
          filter.words.value = event.currentTarget.value;
        }}
        data-testid="trail-search"
      />
      <Choice name="Kind" value={filter.group} options={[["", "Every kind"], ...GROUPS.map((each): [string, string] => [each, each])]} />
      <Choice name="Source" value={filter.source} options={[["", "Every source"], ["relay", "Relay’s word"], ["reported", "Signed reports"]]} />
      <Choice name="Outcome" value={filter.outcome} options={[["", "Every outcome"], ["success", "Succeeded"], ["failure", "Failed"]]} />
      <button type="button" class="button" disabled={trail.refresh.busy.value} onClick={() => void trail.refresh.start()} data-testid="trail-refresh">
        {trail.refresh.busy.value ? "Loading…" : "Refresh"}
      </button>
    </div>
  );
}

function Choice(props: { name: string; value: Signal<string>; options: [string, string][] }) {
  return (
    <select
      aria-label={props.name}
      value={props.value.value}
      onChange={(event) => {
        props.value.value = event.currentTarget.value;
      }}
      data-testid={`trail-${props.name.toLowerCase()}`}
    >
      {props.options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </select>
  );
}

function Events(props: { list: readonly AuditEvent[]; nameOf: (user: string) => string; follow: (id: string) => void }) {
  return (
    <table class="table table-trail" data-testid="trail">
      <thead>
        <tr>
          <th scope="col">No.</th>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Who</th>
          <th scope="col">Source</th>
        </tr>
      </thead>
      <tbody>
        {props.list.map((event) => (
          <tr key={event.number} data-testid="event" data-operation={event.operation}>
            <td data-name="No.">{event.number}</td>
            <td data-name="When">
              <time dateTime={event.at.toISOString()}>{exactTime(event.at)}</time>
            </td>
            <th scope="row">
              {operationWords(event.operation)}
              {!event.success && <Badge tone="bad">Failed</Badge>}
              <Particulars event={event} nameOf={props.nameOf} follow={props.follow} />
            </th>
            <td data-name="Who">
              <Who user={event.user} nameOf={props.nameOf} />
              {event.address !== undefined && <span class="small">{event.address}</span>}
            </td>
            <td data-name="Source">
              <Source reported={event.reported} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const SHOWN_DIGITS = 8;

function Who(props: { user: string | undefined; nameOf: (user: string) => string }) {
  if (props.user === undefined) return <span>unknown</span>;
  const name = props.nameOf(props.user);
  // Somebody who is no member any more has only an id here.
  return name === props.user ? <code title={name}>{name.slice(0, SHOWN_DIGITS)}…</code> : <span class="clip">{name}</span>;
}

/** What an event is about. An id shows its beginning; pressing it shows only events with it. */
function Particulars(props: { event: AuditEvent; nameOf: (user: string) => string; follow: (id: string) => void }) {
  const { file, request, grant } = props.event;
  const details = props.event.details?.replace(/\b[0-9a-f]{32}\b/g, props.nameOf);
  const ids = Object.entries({ file, request, grant }).flatMap(([name, id]) => (id === undefined ? [] : [{ name, id }]));
  return (
    <>
      {details !== undefined && <span class="small">{details}</span>}
      {ids.length > 0 && (
        <span class="small">
          {ids.map(({ name, id }) => (
            <span key={name} class="particular">
              {name}{" "}
              <button type="button" class="link" title={`${id}: show only events of this ${name}`} onClick={() => props.follow(id)}>
                <code>{id.slice(0, SHOWN_DIGITS)}</code>
              </button>
            </span>
          ))}
        </span>
      )}
    </>
  );
}
