/** What a user does with jobs. */
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient, type UseMutationResult } from "@tanstack/react-query";
import { call } from "../api/client";
import type { Job } from "../api/types";
import { advice } from "../shell/ErrorNotice";

const JOBS = "/api/v1/cutout/async";

export type JobAct =
  | { kind: "abort" | "run" | "delete"; ids: string[] }
  | { kind: "rename"; ids: [string]; name: string }
  | { kind: "renew"; ids: [string]; until: string };

const DONE: Record<JobAct["kind"], string> = {
  abort: "aborted; finished files stay",
  run: "started",
  delete: "deleted",
  rename: "renamed",
  renew: "kept longer",
};

async function act(id: string, what: JobAct): Promise<void> {
  const post = (path: string, form: Record<string, string>): Promise<unknown> =>
    call(`${JOBS}/${id}${path}`, { method: "POST", body: new URLSearchParams(form) });
  switch (what.kind) {
    case "abort":
      await post("/phase", { PHASE: "ABORT" });
      return;
    case "run":
      await post("/phase", { PHASE: "RUN" });
      return;
    case "delete":
      await post("", { ACTION: "DELETE" });
      return;
    case "rename":
      await post("", { RUNID: what.name });
      return;
    case "renew":
      await post("/destruction", { DESTRUCTION: what.until });
      return;
  }
}

/** Does something with one job or several; says how it went, also when only some could be done. */
export function useJobAction(): UseMutationResult<number, unknown, JobAct> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async (what: JobAct) => {
      const results = await Promise.allSettled(what.ids.map((id) => act(id, what)));
      const failed = results.filter((result) => result.status === "rejected");
      if (failed[0] && failed.length === results.length) throw failed[0].reason;
      for (const result of failed.slice(0, 3)) say("One job could not be changed", result.reason);
      return results.length - failed.length;
    },
    onSuccess: (count, what) => {
      notifications.show({ message: `${count === 1 ? "The job is" : `${count} jobs are`} ${DONE[what.kind]}.` });
    },
    onError: (error) => say("That did not work", error),
    onSettled: (_count, _error, what) => {
      if (what.kind === "delete") for (const id of what.ids) queries.removeQueries({ queryKey: ["job", id] });
      else for (const id of what.ids) void queries.invalidateQueries({ queryKey: ["job", id] });
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      void queries.invalidateQueries({ queryKey: ["account"] });
    },
  });
}

/** Makes a job linked to another one: its failed rows again, or the same for newer data. */
export function useLinkedJob(done: (job: Job) => void): UseMutationResult<Job, unknown, { from: string; how: "RETRY_OF" | "SINCE_JOB" }> {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ from, how }) => call<Job>(JOBS, { method: "POST", body: new URLSearchParams({ [how]: from, PHASE: "RUN" }) }),
    onSuccess: (job) => {
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      done(job);
    },
    onError: (error) => say("No job was made", error),
  });
}

export function say(title: string, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  notifications.show({ color: "red", title, message: `${message} ${advice(error)}`, autoClose: 12_000 });
}
