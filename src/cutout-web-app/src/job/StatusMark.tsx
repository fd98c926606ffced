import type { ReactNode } from "react";
import type { Status } from "../api/types";
import { Icon, type IconName } from "../shell/icons";

const LOOK: Record<Status, [IconName, string, string]> = {
  ok: ["check", "good", "ok"],
  partial: ["warning", "warn", "partial"],
  outside: ["dash", "quiet", "outside"],
  "no-data": ["dash", "quiet", "no data"],
  failed: ["cross", "bad", "failed"],
};

export function statusWord(status: Status): string {
  return LOOK[status][2];
}

export function StatusMark({ status, covered }: { status: Status; covered?: number | null }): ReactNode {
  const [icon, tone, word] = LOOK[status];
  return (
    <span className={`tone-${tone} nowrap`} data-status={status}>
      <Icon name={icon} size={14} /> {word}
      {status === "partial" && covered != null ? ` ${Math.floor(100 * covered)} %` : ""}
    </span>
  );
}
