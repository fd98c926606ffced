/** Changes of jobs as they happen: by server-sent events, and by polling where those do not come. */
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { ROOT } from "./base";
import { isFinal } from "./phases";
import type { Job, JobEntry, JobInfo, JobList, Phase } from "./types";

export interface JobEvent {
  id: string;
  phase: Phase;
  progress?: JobInfo["progress"];
  outcomes?: JobInfo["outcomes"];
}

export type Liveness = "connecting" | "live" | "polling";

const PATIENCE_MS = 5_000;
const AGAIN_MS = 30_000;

/** Follows one job, or all of the user's when `id` is null, and puts what changes into what the pages show. */
export function useJobEvents(id: string | null, wanted: boolean): Liveness {
  const queries = useQueryClient();
  const [state, setState] = useState<Liveness>("connecting");
  useEffect(() => {
    if (!wanted || typeof EventSource === "undefined") return undefined;
    const address = `${ROOT}/api/v1/cutout/${id === null ? "events" : `async/${id}/events`}`;
    return follow(address, setState, (event) => takeEvent(queries, event));
  }, [id, wanted, queries]);
  return wanted && typeof EventSource === "undefined" ? "polling" : state;
}

/** Time until the next poll [ms]: not at all while events come, slower the longer nothing changes. */
export function pollInterval(state: Liveness, isMoving: boolean, unchanged: number): number | false {
  if (state === "live" || !isMoving) return false;
  return Math.min(30_000, 2_000 * 1.5 ** Math.min(unchanged, 10));
}

/** Keeps a stream open; when it breaks for good, says so and tries again later. */
function follow(address: string, told: (state: Liveness) => void, take: (event: JobEvent) => void): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;
  const open = (): void => {
    source = new EventSource(address);
    timer = setTimeout(() => told("polling"), PATIENCE_MS);
    source.onopen = () => {
      clearTimeout(timer);
      told("live");
    };
    source.onerror = () => {
      told("polling");
      // The browser tries again by itself, unless the service refused.
      if (source?.readyState === EventSource.CLOSED && !stopped) {
        clearTimeout(timer);
        timer = setTimeout(open, AGAIN_MS);
      }
    };
    const hear = (message: MessageEvent<string>): void => take(JSON.parse(message.data) as JobEvent);
    source.addEventListener("job", hear);
    source.onmessage = hear;
  };
  open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}

/** Puts an event into every list and document that shows the job. */
export function takeEvent(queries: QueryClient, event: JobEvent): void {
  const known = phasesOf(queries, event.id);
  queries.setQueryData<Job>(["job", event.id], (job) => job && { ...job, phase: event.phase, jobInfo: informed(job.jobInfo, event) });
  queries.setQueriesData<JobList>({ queryKey: ["jobs"] }, (list) => list && { ...list, jobs: list.jobs.map((job) => (job.id === event.id ? changed(job, event) : job)) });
  const isNews = known.some((phase) => phase !== event.phase);
  // Times, results and the order of lists are not in the event.
  if (isNews || isFinal(event.phase)) {
    void queries.invalidateQueries({ queryKey: ["job", event.id] });
    void queries.invalidateQueries({ queryKey: ["targets", event.id] });
  }
  if (isNews || known.length === 0) void queries.invalidateQueries({ queryKey: ["jobs"] });
}

/** The phases in which the pages show a job now. */
function phasesOf(queries: QueryClient, id: string): Phase[] {
  const lists = queries.getQueriesData<JobList>({ queryKey: ["jobs"] });
  const listed = lists.flatMap(([, list]) => list?.jobs.filter((job) => job.id === id) ?? []);
  const document = queries.getQueryData<Job>(["job", id]);
  return [...listed.map((job) => job.phase), ...(document ? [document.phase] : [])];
}

function changed(job: JobEntry, event: JobEvent): JobEntry {
  return { ...job, phase: event.phase, ...(job.jobInfo ? { jobInfo: informed(job.jobInfo, event) } : {}) };
}

function informed(info: JobInfo, event: JobEvent): JobInfo {
  return { ...info, progress: event.progress ?? info.progress, outcomes: event.outcomes ?? info.outcomes };
}
