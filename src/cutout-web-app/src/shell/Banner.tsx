import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { serviceStatus } from "../api/queries";
import type { ServiceStatus } from "../api/types";
import { Icon } from "./icons";
import { useIsAway } from "./useIsAway";

/** What every page says on top while something is wrong with the service. */
export function Banner(): ReactNode {
  const { data, dataUpdatedAt } = useQuery(serviceStatus);
  const isAway = useIsAway();
  const lines = isAway
    ? [`The service does not respond${dataUpdatedAt ? ` since ${new Date(dataUpdatedAt).toLocaleTimeString()}` : ""}. This page tries again by itself; what you have entered is kept.`]
    : statusLines(data);
  if (!lines.length) return null;
  return (
    <div className="banner" role="status">
      <Icon name="warning" size={18} />
      <div>
        {lines.map((line) => (
          <p key={line}>{line}</p>
        ))}
      </div>
    </div>
  );
}

/** The lines of a banner. */
export function statusLines(status: ServiceStatus | undefined): string[] {
  if (!status) return [];
  const { maintenance, notices = [] } = status;
  const lines: string[] = [];
  if (typeof maintenance === "string") lines.push(maintenance);
  else if (maintenance) lines.push(maintenance.since ? `${maintenance.message} (since ${sinceText(maintenance.since)})` : maintenance.message);
  for (const { message, since, effect } of notices) lines.push(`${message} (since ${sinceText(since)}). ${effect}`);
  return lines;
}

/** What a submission meets now, or null where nothing is in its way. */
export function submissionEffect(status: ServiceStatus | undefined): string | null {
  const notice = ["are refused", "wait"].map((jobs) => status?.notices?.find((each) => each.jobs === jobs)).find(Boolean);
  return notice ? `${notice.message}. ${notice.effect}` : null;
}

/** The time of day, with the date only when it is another one. */
function sinceText(iso: string): string {
  const moment = new Date(iso);
  return moment.toDateString() === new Date().toDateString() ? moment.toLocaleTimeString() : moment.toLocaleString();
}
