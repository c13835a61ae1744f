// The upload queue. It outlives pages, so one may browse on; files go up one after the other.
import { computed, effect, signal } from "@preact/signals";
import { files } from "./data";
import { current, noticeEnd, session } from "./session";
import { toast } from "./toasts";
import { Transfer } from "./transfer";

/** Where an upload stands. A draft still lacks the person's word to start. */
export type UploadState = "draft" | "queued" | "running" | "done" | "failed" | "cancelled";

let last = 0;

/** One file on its way to one organization. */
export class Upload {
  readonly id = ++last;
  readonly label = signal("");
  readonly state = signal<UploadState>("draft");
  readonly transfer = signal(new Transfer());
  readonly error = signal<unknown>(undefined);

  constructor(
    readonly organization: string,
    readonly source: File,
  ) {}

  /** Queues it; an earlier failed attempt starts over. */
  enqueue(): void {
    this.transfer.value = new Transfer();
    this.error.value = undefined;
    this.state.value = "queued";
  }

  /** Stops it, wherever it stands. */
  cancel(): void {
    if (this.state.value === "running") this.transfer.value.controller.abort();
    this.state.value = "cancelled";
  }

  /** Sends it. */
  async run(): Promise<void> {
    this.state.value = "running";
    const transfer = this.transfer.value;
    try {
      await current().files.upload(this.source, {
        organization: this.organization,
        label: this.label.value.trim(),
        onProgress: transfer.report,
        signal: transfer.controller.signal,
      });
      this.state.value = "done";
      toast(`“${this.label.value.trim()}” is uploaded.`, `/o/${this.organization}/files`);
      files(this.organization).refresh();
    } catch (error) {
      if (transfer.controller.signal.aborted) return;
      noticeEnd(error);
      this.error.value = error;
      this.state.value = "failed";
    } finally {
      transfer.end();
    }
  }
}

/** Every upload of this session, oldest first. */
export const uploads = signal<readonly Upload[]>([]);

/** Adds files as drafts. */
export function addUploads(organization: string, sources: Iterable<File>): void {
  uploads.value = [...uploads.value, ...Array.from(sources, (source) => new Upload(organization, source))];
}

/** Takes one out of the list. */
export function removeUpload(upload: Upload): void {
  if (upload.state.value === "running") upload.cancel();
  uploads.value = uploads.value.filter((each) => each !== upload);
}

/** Uploads under way or waiting to be. */
export const activeUploads = computed(() =>
  uploads.value.filter((each) => each.state.value === "running" || each.state.value === "queued"),
);

/** Works through the queue while somebody is logged in, and guards it against a closed tab. */
export function runUploads(): void {
  effect(() => {
    if (session.value === null) {
      for (const each of uploads.peek()) if (each.state.peek() === "running") each.cancel();
      uploads.value = [];
      return;
    }
    const active = activeUploads.value;
    if (active.some((each) => each.state.value === "running")) return;
    void active[0]?.run();
  });
  addEventListener("beforeunload", (event) => {
    if (activeUploads.value.length > 0) event.preventDefault();
  });
}
