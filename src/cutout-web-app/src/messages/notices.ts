/** What the user is sent, as the service has it. */
import { queryOptions } from "@tanstack/react-query";
import { call } from "../api/client";

export interface SentNotice {
  id: string;
  channel: "mail" | "webhook";
  topic: "jobs" | "requests";
  url: string | null;
  job: string | null;
  created: string;
  lastSent: string | null;
  lastError: string | null;
  stopped: boolean;
}

export type MadeNotice = SentNotice & { secret?: string };

export interface Notices {
  mail: boolean;
  email: string | null;
  webhooks: boolean;
  notices: SentNotice[];
}

export const notices = queryOptions({
  queryKey: ["notices"],
  queryFn: ({ signal }) => call<Notices>("/api/v1/account/notices", { signal }),
});
