import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ROOT } from "../api/base";
import { fetchRaw } from "../api/client";
import type { Job } from "../api/types";
import { momentText, spanText } from "../shell/texts";

/** Tables of jobs with more combinations of target and map are not shown here. */
const MAX_PAIRS = 300;

/** What was asked for, word by word. */
export function Request({ job }: { job: Job }): ReactNode {
  return (
    <section className="card">
      <div className="card-head">
        <h2>Parameters</h2>
        <Button size="xs" variant="default" component={Link} to={`/?clone=${job.jobId}`}>
          Clone into the form
        </Button>
      </div>
      <table className="grid-table">
        <tbody>
          {job.parameters.map(({ id, value, byReference }, at) => (
            <tr key={`${id} ${at}`}>
              <th scope="row">
                <code>{id}</code>
              </th>
              <td>
                {byReference ? (
                  <Table job={job} name={id} />
                ) : (
                  <code className="break">{value}</code>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** A value that is too long for the job's own document: in place where it is short, else where it is. */
function Table({ job, name }: { job: Job; name: string }): ReactNode {
  const path = `/api/v1/cutout/async/${job.jobId}/parameters/${encodeURIComponent(name)}`;
  const pairs = job.jobInfo.progress.pairs_total;
  const { data } = useQuery({
    queryKey: ["job", job.jobId, "parameter", name],
    queryFn: async ({ signal }) => (await fetchRaw(path, signal)).text(),
    enabled: pairs > 0 && pairs <= MAX_PAIRS,
    staleTime: Infinity,
  });
  return data === undefined ? <a href={ROOT + path}>show the whole value</a> : <pre className="table-text">{data}</pre>;
}

/** What happened to the job, and when. */
export function History({ job }: { job: Job }): ReactNode {
  const { parent, snapshot } = job.jobInfo;
  const waited = between(job.creationTime, job.startTime);
  const ran = between(job.startTime, job.endTime);
  const steps: [string, ReactNode][] = [
    ["Created", momentText(job.creationTime)],
    ["Started", job.startTime ? `${momentText(job.startTime)}${waited === null ? "" : `, after ${spanText(waited)}`}` : null],
    ["Ended", job.endTime ? `${momentText(job.endTime)}${ran === null ? "" : `, after ${spanText(ran)} of work`}` : null],
    ["Kept until", momentText(job.destruction)],
    ["May run for", job.executionDuration ? spanText(job.executionDuration) : "as long as it takes"],
    [
      "Made from",
      parent ? (
        <>
          the request of <Link to={`/jobs/${parent}`}>job {parent.slice(0, 8)}</Link>, in part or for newer maps
        </>
      ) : null,
    ],
    ["Snapshot of the archive", snapshot ? <code>{snapshot}</code> : null],
    ["Number", <code key="id" className="break">{job.jobId}</code>],
    ["Owner", job.ownerId],
  ];
  return (
    <section className="card">
      <div className="card-head">
        <h2>History</h2>
      </div>
      <table className="grid-table">
        <tbody>
          {steps.map(([name, value]) =>
            value ? (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="number">{value}</td>
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
      <p className="soft small">The same request on the same snapshot makes identical files.</p>
    </section>
  );
}

function between(from: string | null, to: string | null): number | null {
  return from && to ? (new Date(to).getTime() - new Date(from).getTime()) / 1000 : null;
}
