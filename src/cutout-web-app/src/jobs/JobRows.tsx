import { Checkbox } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { JobEntry } from "../api/types";
import { SortButton } from "../shell/SortButton";
import { agoText, bytesText, momentText } from "../shell/texts";
import { useNow } from "../shell/useNow";
import { JobMenu } from "./JobMenu";
import type { Listing, Sort } from "./listing";
import { PhaseBadge } from "./PhaseBadge";
import { ProgressCell } from "./ProgressCell";

interface Props {
  jobs: readonly JobEntry[];
  listing: Listing;
  show: (change: Partial<Listing>) => void;
  chosen: ReadonlySet<string>;
  choose: (id: string, on: boolean) => void;
}

const COLUMNS: [Sort | null, string][] = [
  ["runid", "Name"],
  ["phase", "State"],
  [null, "Progress"],
  ["created", "Created"],
  ["size", "Stored"],
  ["destruction", "Kept until"],
];

export function JobRows({ jobs, listing, show, chosen, choose }: Props): ReactNode {
  const now = useNow(30_000);
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label="Jobs">
      <table className="grid-table jobs-table">
        <thead>
          <tr>
            {listing.isShared ? null : (
              <th scope="col">
                <span className="visually-hidden">Choose</span>
              </th>
            )}
            {COLUMNS.map(([sort, title]) => (
              <Head key={title} sort={sort} title={title} listing={listing} show={show} />
            ))}
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <Row key={job.id} job={job} now={now} isOwn={!listing.isShared} isChosen={chosen.has(job.id)} choose={choose} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Head({ sort, title, listing, show }: { sort: Sort | null; title: string } & Pick<Props, "listing" | "show">): ReactNode {
  if (!sort) return <th scope="col">{title}</th>;
  const direction = sort === listing.sort ? (listing.isDescending ? "descending" : "ascending") : null;
  return (
    <th scope="col" {...(direction ? { "aria-sort": direction } : {})}>
      <SortButton title={title} direction={direction} onClick={() => show({ sort, isDescending: direction ? direction === "ascending" : sort === "created" || sort === "size" })} />
    </th>
  );
}

interface RowProps {
  job: JobEntry;
  now: number;
  isOwn: boolean;
  isChosen: boolean;
  choose: Props["choose"];
}

function Row({ job, now, isOwn, isChosen, choose }: RowProps): ReactNode {
  const name = job.runId ?? job.id.slice(0, 8);
  const stored = job.jobInfo?.stored_bytes;
  const parent = job.jobInfo?.parent;
  return (
    <tr data-job={job.id}>
      {isOwn ? (
        <td>
          <Checkbox size="xs" checked={isChosen} onChange={(event) => choose(job.id, event.currentTarget.checked)} aria-label={`Choose ${name}`} />
        </td>
      ) : null}
      <td>
        <Link to={`/jobs/${job.id}`} className={job.runId ? "job-name" : "job-name mono"}>
          {name}
        </Link>
        {isOwn ? null : <div className="soft small">of {job.ownerId}</div>}
        {isOwn && parent ? (
          <div className="soft small">
            made from <Link to={`/jobs/${parent}`} className="mono">{parent.slice(0, 8)}</Link>
          </div>
        ) : null}
      </td>
      <td>
        <PhaseBadge phase={job.phase} />
        {job.jobInfo?.reason ? <div className="soft small reason">{job.jobInfo.reason}</div> : null}
      </td>
      <td className="wide">
        <ProgressCell id={job.id} phase={job.phase} info={job.jobInfo} />
      </td>
      <td className="number nowrap" title={momentText(job.creationTime)}>
        {agoText(job.creationTime, now)}
      </td>
      <td className="number nowrap">{stored ? bytesText(stored) : "–"}</td>
      <td className="number nowrap" title={momentText(job.destruction)}>
        {job.destruction ? job.destruction.slice(0, 10) : "–"}
      </td>
      <td>
        <JobMenu id={job.id} name={name} phase={job.phase} outcomes={job.jobInfo?.outcomes} destruction={job.destruction} isOwn={isOwn} />
      </td>
    </tr>
  );
}
