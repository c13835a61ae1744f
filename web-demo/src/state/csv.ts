// A trail as a table for other programs (RFC 4180).
import type { AuditEvent } from "@keyferry/sdk";

const COLUMNS = ["number", "at", "source", "operation", "success", "user", "person", "organization", "file", "request", "grant", "address", "details"];

// A leading =, +, - or @ would run as a formula in spreadsheets; an apostrophe keeps it text.
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Events as CSV; `nameOf` puts an e-mail address to a user's id where it is known. */
export function toCsv(events: readonly AuditEvent[], nameOf: (user: string) => string): string {
  const rows = events.map((event) => [
    String(event.number),
    event.at.toISOString(),
    event.reported ? "client-signed report" : "relay",
    event.operation,
    String(event.success),
    event.user ?? "",
    event.user === undefined ? "" : nameOf(event.user),
    event.organization ?? "",
    event.file ?? "",
    event.request ?? "",
    event.grant ?? "",
    event.address ?? "",
    event.details ?? "",
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}
