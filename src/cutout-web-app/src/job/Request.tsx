import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ROOT } from "../api/base";
import type { Job } from "../api/types";
import { momentText, spanText } from "../shell/texts";

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
                  <a href={`${ROOT}/api/v1/cutout/async/${job.jobId}/parameters/${encodeURIComponent(id)}`}>show the whole value</a>
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
      <h2>History</h2>
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
