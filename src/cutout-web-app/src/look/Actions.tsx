/** What leads on from a look: the file, a job, a light curve, the sky around. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { summary as summaryQuery, vocabulary as vocabularyQuery } from "../api/queries";
import { saveAs } from "../shell/save";
import { bytesText } from "../shell/texts";
import type { Cut } from "./cutting";
import { draftFor, firstObserved, type Aim } from "./handing";

/** The sky shows this many times the stamp's width. */
const AROUND = 6;
const SCREEN = 900;

export function Actions({ cut }: { cut: Cut }): ReactNode {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  const { data: archive } = useQuery(summaryQuery);
  const navigate = useNavigate();
  const since = firstObserved(archive);
  const { asked } = cut;
  const take = async (aim: Aim): Promise<void> => {
    if (!vocabulary) return;
    // The page that comes next anyway; a part of it on its own would make the first load larger.
    const { emptyDraft, replaceDraft } = await import("../newjob/NewJobPage");
    replaceDraft(draftFor(asked, aim, emptyDraft(vocabulary), vocabulary, since), vocabulary);
    void navigate("/");
  };
  const sky = new URLSearchParams({ ra: asked.ra.toFixed(6), dec: asked.dec.toFixed(6), scale: ((AROUND * asked.size) / SCREEN).toPrecision(4) });
  return (
    <div className="look-actions">
      {cut.stamps.length ? (
        <Button onClick={() => saveAs(cut.fileName, new Blob([cut.file], { type: "application/fits" }))}>Download FITS ({bytesText(cut.file.byteLength)})</Button>
      ) : null}
      {cut.stamps.length ? (
        <Button variant="default" disabled={!vocabulary} onClick={() => void take("stamps")}>
          Make a job of it
        </Button>
      ) : null}
      {since ? (
        <Button variant="default" disabled={!vocabulary} onClick={() => void take("curve")}>
          Light curve
        </Button>
      ) : null}
      <Button variant="default" component={Link} to={`/sky?${sky.toString()}`}>
        The sky around it
      </Button>
    </div>
  );
}
