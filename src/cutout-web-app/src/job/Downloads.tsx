import { Button, CopyButton, Group } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { ROOT, serviceUrl } from "../api/base";
import type { Job } from "../api/types";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";
import { bytesText } from "../shell/texts";
import { downloadScript, notebookCode } from "./scripts";

/** Everything that can be taken away from a job. */
export function Downloads({ job }: { job: Job }): ReactNode {
  const files = `${ROOT}/files/jobs/${job.jobId}`;
  const size = job.results.find((result) => result.id === "result")?.size ?? job.jobInfo.stored_bytes;
  const script = downloadScript(serviceUrl(), job.jobId);
  const notebook = notebookCode(serviceUrl(), job.jobId);
  if (!job.results.length) return <p className="empty soft">There are no files yet. What is finished can be taken while the job runs.</p>;
  return (
    <div className="downloads">
      <section className="card">
        <h2>Files</h2>
        <p className="soft small">FITS stamps, previews and manifest in one tar. Some only? Choose them under Targets and files.</p>
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
        <Group gap="xs">
          {[
            ["manifest.vot", "VOTable, for TOPCAT and pyvo"],
            ["manifest.csv", "CSV"],
            ["manifest.json", "JSON"],
          ].map(([name, label]) => (
            <Button key={name} size="xs" component="a" href={`${files}/out/${name ?? ""}`} download={`${job.jobId}-${name ?? ""}`} variant="default" leftSection={<Icon name="download" />}>
              {label}
            </Button>
          ))}
        </Group>
      </section>
      <Snippet title="Shell script" note="Downloads everything, goes on after a break, and checks every SHA-256." text={script} file={`download-${job.jobId.slice(0, 8)}.sh`} />
      <Snippet title="Notebook" note="Reads the manifest and opens the first stamp with astropy." text={notebook} file={`read-${job.jobId.slice(0, 8)}.py`} />
    </div>
  );
}

function Snippet({ title, note, text, file }: { title: string; note: string; text: string; file: string }): ReactNode {
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
        <Button size="xs" variant="default" onClick={() => saveAs(file, text, "text/plain")} leftSection={<Icon name="download" />}>
          Save
        </Button>
      </Group>
    </section>
  );
}
