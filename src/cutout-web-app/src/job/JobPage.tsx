import { Button, Group, Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, useNavigate, useParams, useSearchParams } from "react-router";
import { ROOT } from "../api/base";
import { countUnchanged, pollInterval, useJobEvents } from "../api/events";
import { canAbort, isFinal } from "../api/phases";
import { account, job as jobQuery, jobComments } from "../api/queries";
import type { Job } from "../api/types";
import { AbortDialog } from "../jobs/AbortDialog";
import { useLinkedJob } from "../jobs/actions";
import { JobMenu } from "../jobs/JobMenu";
import { PhaseBadge } from "../jobs/PhaseBadge";
import { ProgressCell } from "../jobs/ProgressCell";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { agoText, countText, momentText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { usePageTitle } from "../shell/usePageTitle";
import { Downloads } from "./Downloads";
import { Previews } from "./Previews";
import { useOpenStamp } from "./openStamp";
import { History, Request } from "./Request";
import { StampDialog } from "./StampDialog";
import { TargetsTable } from "./TargetsTable";
import { useFreshRows } from "./useFreshRows";

const Comments = lazy(() => import("./Comments"));

const TABS = [
  ["previews", "Previews"],
  ["targets", "Targets and files"],
  ["download", "Download"],
  ["request", "Request"],
  ["history", "History"],
  ["comments", "Comments"],
] as const;

export default function JobPage(): ReactNode {
  const { id = "" } = useParams();
  const known = useQuery(jobQuery(id));
  const moving = known.data ? !isFinal(known.data.phase) : false;
  const live = useJobEvents(id, moving);
  const [unchanged] = useState(countUnchanged);
  const { data, error, refetch } = useQuery({
    ...jobQuery(id),
    refetchInterval: (query) => pollInterval(live, moving, unchanged(query.state.data, query.state.dataUpdateCount)),
  });
  usePageTitle(data?.runId ?? `Job ${id.slice(0, 8)}`);
  if (error && !data) {
    return (
      <>
        <ErrorNotice isPage error={error} title="The job cannot be shown" retry={() => void refetch()} />
        <Link to="/jobs">Go to your jobs</Link>
      </>
    );
  }
  if (!data) return <Loading what="Reading the job" />;
  return <Shown job={data} />;
}

function Shown({ job }: { job: Job }): ReactNode {
  useFreshRows(job);
  const { data: comments } = useQuery(jobComments(job.jobId));
  const [search, setSearch] = useSearchParams();
  const [open, show] = useOpenStamp();
  const tab = TABS.some(([name]) => name === search.get("tab")) ? search.get("tab") : "previews";
  return (
    <>
      <Head job={job} />
      <Tabs value={tab} onChange={(next) => setSearch(next && next !== "previews" ? { tab: next } : {}, { replace: true })} keepMounted={false}>
        <Tabs.List>
          {TABS.map(([name, title]) => (
            <Tabs.Tab key={name} value={name}>
              {title}
              {name === "comments" && comments?.length ? ` (${comments.length})` : ""}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="previews" pt="md">
          <Previews job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="targets" pt="md">
          <TargetsTable job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="download" pt="md">
          <Downloads job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="request" pt="md">
          <Request job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="history" pt="md">
          <History job={job} />
        </Tabs.Panel>
        <Tabs.Panel value="comments" pt="md">
          <Suspense fallback={<Loading />}>
            <Comments job={job} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
      {open ? <StampDialog job={job} open={open} show={show} /> : null}
    </>
  );
}

function Head({ job }: { job: Job }): ReactNode {
  const now = useNow(30_000);
  const navigate = useNavigate();
  const [aborting, setAborting] = useState(false);
  const { data: me } = useQuery(account);
  const isOwn = me?.id === job.jobInfo.account;
  const name = job.runId ?? `Job ${job.jobId.slice(0, 8)}`;
  return (
    <div className="job-head">
      <div className="job-title">
        <Link to="/jobs" className="small">
          Jobs
        </Link>
        <h1>{name}</h1>
        <PhaseBadge phase={job.phase} />
        <Group gap="xs" ml="auto">
          <Button size="xs" variant="default" component={Link} to={`/sky?job=${job.jobId}`}>
            On the sky
          </Button>
          {job.results.length ? (
            <Button size="xs" component="a" href={`${ROOT}/files/jobs/${job.jobId}/out.tar`} leftSection={<Icon name="download" />}>
              Download all
            </Button>
          ) : null}
          {isOwn && canAbort(job.phase) && job.phase !== "PENDING" ? (
            <Button size="xs" variant="default" onClick={() => setAborting(true)} leftSection={<Icon name="stop" />}>
              Abort
            </Button>
          ) : null}
          <JobMenu
            id={job.jobId}
            name={name}
            phase={job.phase}
            outcomes={job.jobInfo.outcomes}
            destruction={job.destruction}
            isOwn={isOwn}
            onDeleted={() => void navigate("/jobs")}
          />
        </Group>
      </div>
      {aborting ? <AbortDialog ids={[job.jobId]} name={name} onClose={() => setAborting(false)} /> : null}
      {isOwn ? null : <Foreign job={job} isAdmin={me?.admin ?? false} />}
      <div className="job-line">
        <ProgressCell id={job.jobId} phase={job.phase} info={job.jobInfo} />
        <span className="soft small number">
          Created {agoText(job.creationTime, now)}
          {job.jobInfo.parent ? (
            <>
              {" "}
              from <Link to={`/jobs/${job.jobInfo.parent}`}>job {job.jobInfo.parent.slice(0, 8)}</Link>
            </>
          ) : null}
          {job.destruction ? (
            <>
              , kept until <span className="nowrap">{momentText(job.destruction).slice(0, 10)}</span>
            </>
          ) : null}
        </span>
      </div>
      {job.errorSummary ? (
        <p className="hint hint-bad" role="alert">
          <strong>The job failed.</strong> {job.errorSummary.message} Clone it to try again; if it fails again, tell the operators the number {job.jobId}.
        </p>
      ) : null}
      {isOwn ? <Failures job={job} /> : null}
    </div>
  );
}

/** Whose job it is, for those with whom it is shared and for administrators. */
function Foreign({ job, isAdmin }: { job: Job; isAdmin: boolean }): ReactNode {
  return (
    <p className="hint" role="status">
      This is a job of <strong>{job.ownerId}</strong>.{" "}
      {isAdmin ? (
        <>
          You see it as an administrator; only its owner can change it. <a href={`${ROOT}/ops/jobs/${job.jobId}`}>Abort or archive it under operations</a>.
        </>
      ) : (
        "It is shared with you: you see and download all of it, and change nothing. Clone it for a job of your own."
      )}
    </p>
  );
}

function Failures({ job }: { job: Job }): ReactNode {
  const navigate = useNavigate();
  const linked = useLinkedJob((made) => void navigate(`/jobs/${made.jobId}`));
  const { failed } = job.jobInfo.outcomes;
  if (!failed || !isFinal(job.phase)) return null;
  return (
    <p className="hint hint-bad">
      {countText(failed, "row")} failed; the reasons are under Targets and files.{" "}
      <Button size="compact-xs" variant="default" loading={linked.isPending} onClick={() => linked.mutate({ from: job.jobId, how: "RETRY_OF" })}>
        Try the failed rows again
      </Button>
    </p>
  );
}
