import { Button, CopyButton, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ROOT, serviceUrl } from "../api/base";
import type { Job } from "../api/types";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { bytesText } from "../shell/texts";
import { hasCurves } from "./curve";
import { NoRows } from "./NoRows";
import { downloadScript, notebookCode, notebookFile } from "./scripts";

/** Everything that can be taken away from a job. */
export function Downloads({ job }: { job: Job }): ReactNode {
  const files = `${ROOT}/files/jobs/${job.jobId}`;
  const size = job.results.find((result) => result.id === "result")?.size ?? job.jobInfo.stored_bytes;
  const curves = hasCurves(job);
  const script = downloadScript(serviceUrl(), job.jobId, curves);
  const notebook = notebookCode(serviceUrl(), job.jobId, curves);
  if (!job.results.length) return <NoRows job={job} what="Each file" />;
  return (
    <div className="downloads">
      <section className="card">
        <h2>Files</h2>
        <p className="soft small">FITS stamps and previews in one tar. Some only? Choose them under Targets and files.</p>
        <Group>
          <Button component="a" href={`${files}/out.tar`} leftSection={<Icon name="download" />}>
            Download all{size ? ` (${bytesText(size)})` : ""}
          </Button>
          <Button component="a" href={`${files}/out/`} variant="default">
            Browse the folder
          </Button>
        </Group>
      </section>
      <section className="card">
        <h2>Manifest</h2>
        <p className="soft small">A row for each target on each map, with status, file, size and SHA-256.</p>
        <Forms job={job} stem="manifest" forms={[["vot", "VOTable, for TOPCAT and pyvo"], ["csv", "CSV"], ["json", "JSON"]]} />
      </section>
      {curves ? (
        <section className="card">
          <h2>Light curves</h2>
          <p className="soft small">A row for each target in each single observation: time, value, error, unit, weight. One table for all, beside the tar.</p>
          <Forms job={job} stem="lightcurve" forms={[["vot", "VOTable, for TOPCAT and pyvo"], ["fits", "FITS"], ["csv", "CSV"], ["json", "JSON"]]} />
        </section>
      ) : null}
      <Snippet title="Shell script" note="Downloads everything, goes on after a break, and checks every SHA-256." text={script} file={`download-${job.jobId.slice(0, 8)}.sh`} />
      <Snippet title="Notebook" note={`Reads the manifest${curves ? " and the light curves" : ""}, and opens the first stamp with astropy.`} text={notebook} file={`read-${job.jobId.slice(0, 8)}.ipynb`} saved={notebookFile(job.runId ?? `Job ${job.jobId}`, notebook)} />
    </div>
  );
}

function Forms({ job, stem, forms }: { job: Job; stem: string; forms: readonly (readonly [string, string])[] }): ReactNode {
  return (
    <Group gap="xs">
      {forms.map(([form, label]) => (
        <Button key={form} size="xs" component="a" href={`${ROOT}/files/jobs/${job.jobId}/out/${stem}.${form}`} download={`${job.jobId}-${stem}.${form}`} variant="default" leftSection={<Icon name="download" />}>
          {label}
        </Button>
      ))}
    </Group>
  );
}

interface SnippetProps {
  title: string;
  note: string;
  text: string;
  file: string;
  /** What the file holds, where that is not the text itself. */
  saved?: string;
}

function Snippet({ title, note, text, file, saved = text }: SnippetProps): ReactNode {
  return (
    <section className="card">
      <h2>{title}</h2>
      <p className="soft small">
        {note} It reads a token from <code>SPT_TOKEN</code>; <Link to="/account">make one on the account page</Link>.
      </p>
      <pre className="code" tabIndex={0} aria-label={title}>
        {text}
      </pre>
      <Group gap="xs">
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy} leftSection={<Icon name={copied ? "check" : "copy"} />}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
        <Button size="xs" variant="default" onClick={() => saveAs(file, saved, "text/plain")} leftSection={<Icon name="download" />}>
          Save
        </Button>
      </Group>
    </section>
  );
}
