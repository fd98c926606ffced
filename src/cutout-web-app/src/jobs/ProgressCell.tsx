import { Progress } from "@mantine/core";
import type { ReactNode } from "react";
import { isRunning } from "../api/phases";
import type { JobInfo, Outcomes, Phase } from "../api/types";
import { countText } from "../shell/texts";
import { etaText } from "./eta";
import { useEta } from "./useEta";

interface Props {
  id: string;
  phase: Phase;
  info: JobInfo | undefined;
}

/** How far a job is: a bar with its count, and what became of its stamps so far. */
export function ProgressCell({ id, phase, info }: Props): ReactNode {
  const eta = useEta(id, phase, info);
  if (!info) return null;
  const { pairs_done: done, pairs_total: total } = info.progress;
  const running = isRunning(phase);
  return (
    <div className="progress">
      {running ? (
        total ? (
          <Progress value={(100 * done) / total} aria-label={`${done} of ${total} done`} size="sm" />
        ) : (
          <Progress value={100} striped animated aria-label="not planned yet" size="sm" color="gray" />
        )
      ) : null}
      <span className="small number">
        {total ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")} done` : running ? queueText(phase, info) : ""}
        {eta === null ? "" : `, ${etaText(eta)} left`}
      </span>
      <OutcomeCounts outcomes={info.outcomes} />
    </div>
  );
}

function queueText(phase: Phase, { pace }: JobInfo): string {
  const ahead = pace?.jobs_ahead;
  if (phase !== "QUEUED") return "planning";
  return ahead === undefined ? "waiting for a worker" : ahead ? `${countText(ahead, "job")} ahead` : "next in the queue";
}

const WORDS: [keyof Outcomes, string, string][] = [
  ["ok", "ok", "good"],
  ["partial", "partial", "warn"],
  ["outside", "outside", "quiet"],
  ["no_data", "no data", "quiet"],
  ["failed", "failed", "bad"],
];

export function OutcomeCounts({ outcomes }: { outcomes: Outcomes }): ReactNode {
  const shown = WORDS.filter(([name]) => outcomes[name] > 0);
  return shown.length ? (
    <span className="outcomes small number">
      {shown.map(([name, word, tone]) => (
        <span key={name} className={`tone-${tone}`}>
          {outcomes[name].toLocaleString("en")} {word}
        </span>
      ))}
    </span>
  ) : null;
}
