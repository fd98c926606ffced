/** Saves the finder chart of a stamp, under a title of one's own. */
import { Button, Group, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Outcome } from "../api/types";
import { say } from "../jobs/actions";
import type { Look } from "../preview/colours";
import { chartPdf, chartPng, type Chart } from "../preview/finder";
import { usePreview } from "../preview/StampView";
import { Icon } from "../shell/icons";
import { saveAs } from "../shell/save";

interface Props {
  job: string;
  row: Outcome;
  sigma: number;
  /** As on paper. */
  look: Look;
}

const FORMS = [
  ["Finder chart", "png", chartPng],
  ["as PDF", "pdf", chartPdf],
] as const;

export function ChartSaver({ job, row, sigma, look }: Props): ReactNode {
  const { data: picture } = usePreview(job, row);
  const [title, setTitle] = useState(row.objid);
  const save = (ending: string, draw: (chart: Chart) => Promise<Blob>): void => {
    if (!picture) return;
    draw({ row, picture, look, sigma, title: title.trim() || row.objid })
      .then((chart) => saveAs(`${row.stem ?? row.objid}_${row.band}_${row.obsid}_chart.${ending}`, chart))
      .catch((error: unknown) => say("The chart could not be made", error));
  };
  return (
    <Group gap="xs" align="end">
      <TextInput size="xs" label="Title of the chart" value={title} maxLength={120} onChange={(event) => setTitle(event.currentTarget.value)} />
      {FORMS.map(([label, ending, draw]) => (
        <Button key={ending} size="xs" variant="default" disabled={!picture} onClick={() => save(ending, draw)} leftSection={<Icon name="download" />}>
          {label}
        </Button>
      ))}
    </Group>
  );
}
