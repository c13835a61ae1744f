// An audit trail, newest first, loaded page by page.
import type { AuditEvent } from "@keyferry/sdk";
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Action, useAction } from "./action";

const PAGE_EVENTS = 100;

/** A trail as far as it is loaded. */
export interface Trail {
  events: Signal<readonly AuditEvent[] | undefined>;
  /** Whether older events may exist. */
  more: Signal<boolean>;
  older: Action<[]>;
  refresh: Action<[]>;
}

/** Reads one page: at most `limit` events with numbers below `before`. */
export type ReadPage = (page: { before?: number; limit: number }) => Promise<AuditEvent[]>;

/** A trail for a page, read by `read`. */
export function useTrail(read: ReadPage): Trail {
  const events = useSignal<readonly AuditEvent[] | undefined>(undefined);
  const more = useSignal(false);
  const take = async (before: number | undefined): Promise<readonly AuditEvent[]> => {
    const page = await read(before === undefined ? { limit: PAGE_EVENTS } : { before, limit: PAGE_EVENTS });
    more.value = page.length >= PAGE_EVENTS;
    return [...page].sort((a, b) => b.number - a.number);
  };
  const refresh = useAction(async () => {
    events.value = await take(undefined);
  });
  const older = useAction(async () => {
    const known = events.value ?? [];
    events.value = [...known, ...(await take(known.at(-1)?.number))];
  });
  useEffect(() => void refresh.start(), []);
  return { events, more, older, refresh };
}
