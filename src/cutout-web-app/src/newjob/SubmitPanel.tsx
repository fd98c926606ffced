import { Button, Group, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { call } from "../api/client";
import { PHASE_WORDS } from "../api/phases";
import { account, serviceStatus } from "../api/queries";
import type { Job, JobEntry } from "../api/types";
import { submissionEffect } from "../shell/Banner";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { agoText, bytesText, countText, momentText, rangeText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import type { Problem } from "../sky/refusal";
import type { Checked } from "../targets/check";
import { afterSubmission, keepDraft, type Draft } from "./draft";
import type { Pairs } from "./parameters";
import type { Report } from "./reading";
import type { Change } from "./useDraft";
import type { ServerCheck } from "./useServerCheck";

// Few look at it, so that its code need not come with the page.
const CodeDialog = lazy(async () => ({ default: (await import("./CodeDialog")).CodeDialog }));

interface Props {
  draft: Draft;
  change: Change;
  checked: Checked;
  pairs: Pairs | null;
  problems: readonly Problem[];
  server: ServerCheck & { again: () => void };
  /** Whether what is checked is not yet what is written. */
  isBehind: boolean;
}

/** Why the request cannot be submitted, or null. */
export function obstacle(checked: Checked, problems: readonly Problem[], server: ServerCheck): string | null {
  if (!checked.rows.length && !checked.problems.length) return "Add at least one target.";
  const [table] = checked.problems;
  if (table) return `${table.field}: ${table.message}.`;
  if (checked.bad) return `${countText(checked.bad, "row needs", "rows need")} attention: mend or drop ${checked.bad === 1 ? "it" : "them"}.`;
  const [form] = problems;
  if (form) return `${form.field}: ${form.message}.`;
  const [refused] = server.validation?.problems ?? [];
  if (server.state === "done" && refused) {
    return `${refused.field}${refused.row === null ? "" : `, row ${refused.row}`}: ${refused.message}.`;
  }
  return null;
}

export function SubmitPanel({ draft, change, checked, pairs, problems, server, isBehind }: Props): ReactNode {
  const [coding, setCoding] = useState(false);
  const navigate = useNavigate();
  const queries = useQueryClient();
  const submit = useMutation({
    mutationFn: (body: Pairs) =>
      call<Job>("/api/v1/cutout/async", { method: "POST", body: new URLSearchParams([...body, ["PHASE", "RUN"]]) }),
    onSuccess: (job) => {
      queries.setQueryData(["job", job.jobId], job);
      void queries.invalidateQueries({ queryKey: ["jobs"] });
      void queries.invalidateQueries({ queryKey: ["account"] });
      keepDraft(afterSubmission(draft));
      change(afterSubmission);
      void navigate(`/jobs/${job.jobId}`);
    },
  });
  const { data: status } = useQuery(serviceStatus);
  const effect = submissionEffect(status);
  const why = obstacle(checked, problems, server);
  const isChecking = server.state === "waiting" || isBehind;
  const empty = !checked.rows.length && !checked.problems.length;
  const isReady = pairs !== null && why === null && !isChecking;
  return (
    <section className="card submit" aria-labelledby="submit-title">
      <h2 id="submit-title">Submit</h2>
      <Estimate server={server} ready={!why} empty={empty} />
      <TextInput
        label="Name of the job"
        description="optional, to find it again"
        value={draft.runId}
        maxLength={64}
        onChange={(event) => change({ runId: event.currentTarget.value })}
      />
      {server.validation?.same_job && !why ? <SameJob job={server.validation.same_job} /> : null}
      {effect ? (
        <p className="hint hint-warn" role="status">
          {effect}
        </p>
      ) : null}
      {submit.error ? <ErrorNotice error={submit.error} title="The job was not accepted" /> : null}
      <Group mt="sm" gap="sm">
        <Button disabled={!isReady} loading={submit.isPending} onClick={() => pairs && submit.mutate(pairs)} aria-describedby="obstacle">
          Submit
        </Button>
        <Button variant="default" disabled={!pairs || checked.bad > 0} onClick={() => setCoding(true)} leftSection={<Icon name="copy" />}>
          Copy as code
        </Button>
      </Group>
      <Obstacle why={why} isChecking={pairs !== null && isChecking} empty={empty} />
      {coding && pairs ? (
        <Suspense fallback={null}>
          <CodeDialog pairs={pairs} selection={server.validation?.selection ?? null} onClose={() => setCoding(false)} />
        </Suspense>
      ) : null}
    </section>
  );
}

/** Why it cannot be submitted, or how much room there is for it. */
function Obstacle({ why, isChecking, empty }: { why: string | null; isChecking: boolean; empty: boolean }): ReactNode {
  return (
    <p id="obstacle" className={why && !empty ? "text-bad small" : "soft small"} role="status">
      {why ?? (isChecking ? "The request is being checked; it can be submitted then." : <Limits />)}
    </p>
  );
}

/** Says that these files exist already, or are being made. */
function SameJob({ job }: { job: JobEntry }): ReactNode {
  const now = useNow(30_000);
  const files = job.phase === "COMPLETED" ? (job.destruction ? `its files are kept until ${momentText(job.destruction).slice(0, 10)}` : "its files are kept") : "its files are being made";
  return (
    <p className="hint" role="status">
      You made this request {agoText(job.creationTime, now)}, on the same maps: <Link to={`/jobs/${job.id}`}>job {job.runId ?? job.id.slice(0, 8)}</Link> is {PHASE_WORDS[job.phase].toLowerCase()}, {files}. Submitting makes the
      same files again.
    </p>
  );
}

function Estimate({ server, ready, empty }: { server: Props["server"]; ready: boolean; empty: boolean }): ReactNode {
  const { state, validation, error, again } = server;
  const warnings = (validation?.warnings ?? []).filter((each) => each.row === null);
  if (state === "failed") return <ErrorNotice error={error} title="The request could not be checked" retry={again} />;
  return (
    <div className="estimate" role="status" aria-busy={state === "waiting"}>
      {state === "waiting" ? (
        <p className="soft">Checking with the archive…</p>
      ) : validation && ready ? (
        <Numbers validation={validation} />
      ) : (
        <p className="soft">The estimate appears once {empty ? "there is a target" : "nothing is left to mend"}.</p>
      )}
      {warnings.length ? <Warnings warnings={warnings} /> : null}
    </div>
  );
}

function Numbers({ validation }: { validation: Report }): ReactNode {
  const { estimate, selection, covers } = validation;
  if (!estimate) return null;
  return (
    <dl className="numbers">
      <div>
        <dt>Targets × maps</dt>
        <dd>
          {covers.targets.toLocaleString("en")} × {(selection?.maps ?? 0).toLocaleString("en")}
        </dd>
      </div>
      <div>
        <dt>Files</dt>
        <dd>{estimate.files.toLocaleString("en")}</dd>
      </div>
      <div>
        <dt>Size</dt>
        <dd>about {bytesText(estimate.bytes)}</dd>
      </div>
      <div>
        <dt>Time</dt>
        <dd>{rangeText(estimate.seconds_low, estimate.seconds_high)}</dd>
      </div>
    </dl>
  );
}

/** What is to be said of the request as a whole; what is said of rows stands beside the table. */
function Warnings({ warnings }: { warnings: readonly Problem[] }): ReactNode {
  return (
    <details className="hint hint-warn">
      <summary>
        <Icon name="warning" /> {countText(warnings.length, "note")} about this request
      </summary>
      <ul className="plain-list">
        {warnings.map((each) => (
          <li key={`${each.field} ${each.value ?? ""} ${each.message}`}>
            {each.field} {each.value}: {each.message}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Limits(): ReactNode {
  const { data } = useQuery(account);
  const active = data?.limits?.active;
  const stored = data?.limits?.stored;
  return (
    <>
      {active ? `${active.used} of ${active.limit.toLocaleString("en")} jobs in use` : ""}
      {active && stored ? "; " : ""}
      {stored ? `${bytesText(stored.used)} of ${bytesText(stored.limit)} stored` : ""}
    </>
  );
}
