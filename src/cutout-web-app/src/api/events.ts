/** Changes of jobs as they happen: by server-sent events, and by polling where those do not come. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ROOT } from "./base";
import { isFinal } from "./phases";
import type { Job, JobEntry, JobList, Phase } from "./types";

export type Liveness = "connecting" | "live" | "polling";

const OPEN_TIMEOUT_MS = 5_000;
const AGAIN_MS = 30_000;

/** Follows one job, or all of the user's when `id` is null, and puts what changes into what the pages show. */
export function useJobEvents(id: string | null, isOpen: boolean): Liveness {
  const queries = useQueryClient();
  const [state, setState] = useState<Liveness>("connecting");
  useEffect(() => {
    if (!isOpen || typeof EventSource === "undefined") return undefined;
    const address = `${ROOT}/api/v1/cutout/${id === null ? "events" : `async/${id}/events`}`;
    return follow(address, setState, {
      job: (entry) => takeEvent(queries, entry),
      gone: (gone) => void queries.invalidateQueries({ queryKey: ["job", gone] }).then(() => queries.invalidateQueries({ queryKey: ["jobs"] })),
      missed: () => void queries.invalidateQueries({ queryKey: id === null ? ["jobs"] : ["job", id] }),
      broken: () => void queries.invalidateQueries({ queryKey: ["status"] }),
    });
  }, [id, isOpen, queries]);
  return isOpen && typeof EventSource === "undefined" ? "polling" : state;
}

/** Time until the next poll [ms]: not at all while events come, slower the longer nothing changes. */
export function pollInterval(state: Liveness, isMoving: boolean, unchanged: number): number | false {
  if (state === "live" || !isMoving) return false;
  return Math.min(30_000, 2_000 * 1.5 ** Math.min(unchanged, 10));
}

/** Counts how many times in a row the same document was read; what did not change keeps its identity. */
export function countUnchanged(): (data: unknown, reads: number) => number {
  let last: unknown;
  let since = 0;
  return (data, reads) => {
    if (data !== last) [last, since] = [data, reads];
    return reads - since;
  };
}

/** What is done with an event: a job as lists have it, one that is gone, or that something may have been missed. */
interface Handlers {
  job: (entry: JobEntry) => void;
  gone: (id: string) => void;
  missed: () => void;
  /** The stream broke: perhaps the service is away. */
  broken: () => void;
}

/** Keeps a stream open; when it breaks for good, says so and tries again later. */
export function follow(address: string, setState: (state: Liveness) => void, handlers: Handlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const open = (): void => {
    source = new EventSource(address);
    timer = setTimeout(() => setState("polling"), OPEN_TIMEOUT_MS);
    source.onopen = () => {
      clearTimeout(timer);
      setState("live");
    };
    source.onerror = () => {
      setState("polling");
      handlers.broken();
      // The browser tries again by itself, unless the service refused.
      if (source?.readyState === EventSource.CLOSED && !stopped) {
        clearTimeout(timer);
        timer = setTimeout(open, AGAIN_MS);
      }
    };
    source.addEventListener("job", (message: MessageEvent<string>) => handlers.job(JSON.parse(message.data) as JobEntry));
    source.addEventListener("gone", (message: MessageEvent<string>) => handlers.gone((JSON.parse(message.data) as { id: string }).id));
    source.addEventListener("sync", handlers.missed);
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** Puts what a job is now into every list and document that shows it. */
export function takeEvent(queries: QueryClient, event: JobEntry): void {
  const known = phasesOf(queries, event.id);
  queries.setQueryData<Job>(["job", event.id], (job) => job && { ...job, phase: event.phase, jobInfo: { ...job.jobInfo, ...event.jobInfo } });
  queries.setQueriesData<JobList>({ queryKey: ["jobs"] }, (list) => list && { ...list, jobs: list.jobs.map((job) => (job.id === event.id ? changed(job, event) : job)) });
  const isNews = known.some((phase) => phase !== event.phase);
  // Times, results and the order of lists are not all in the event.
  if (isNews || isFinal(event.phase)) void queries.invalidateQueries({ queryKey: ["job", event.id] });
  if (isNews || known.length === 0) void queries.invalidateQueries({ queryKey: ["jobs"] });
}

/** The phases in which the pages show a job now. */
function phasesOf(queries: QueryClient, id: string): Phase[] {
  const lists = queries.getQueriesData<JobList>({ queryKey: ["jobs"] });
  const listed = lists.flatMap(([, list]) => list?.jobs.filter((job) => job.id === id) ?? []);
  const document = queries.getQueryData<Job>(["job", id]);
  return [...listed.map((job) => job.phase), ...(document ? [document.phase] : [])];
}

function changed(job: JobEntry, event: JobEntry): JobEntry {
  const info = job.jobInfo && event.jobInfo ? { ...job.jobInfo, ...event.jobInfo } : (event.jobInfo ?? job.jobInfo);
  return { ...job, ...event, ...(info ? { jobInfo: info } : {}) };
}
