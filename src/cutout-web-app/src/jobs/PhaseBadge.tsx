import type { ReactNode } from "react";
import { PHASE_WORDS } from "../api/phases";
import type { Phase } from "../api/types";
import { Icon, type IconName } from "../shell/icons";

const LOOK: Record<Phase, [IconName, string]> = {
  PENDING: ["dots", "quiet"],
  QUEUED: ["clock", "accent"],
  EXECUTING: ["play", "accent"],
  COMPLETED: ["check", "good"],
  ERROR: ["warning", "bad"],
  ABORTED: ["stop", "warn"],
  HELD: ["clock", "warn"],
  SUSPENDED: ["clock", "warn"],
  UNKNOWN: ["dots", "quiet"],
  ARCHIVED: ["file", "quiet"],
};

/** A job's phase as sign, word and colour. */
export function PhaseBadge({ phase }: { phase: Phase }): ReactNode {
  const [icon, tone] = LOOK[phase];
  return (
    <span className={`badge badge-${tone}`} data-phase={phase}>
      <Icon name={icon} size={14} /> {PHASE_WORDS[phase]}
    </span>
  );
}
