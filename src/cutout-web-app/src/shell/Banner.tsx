import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api/client";
import { serviceStatus } from "../api/queries";
import type { ServiceStatus } from "../api/types";
import { Icon } from "./icons";

/** What every page says on top while something is wrong with the service. */
export function Banner(): ReactNode {
  const { data, error, dataUpdatedAt } = useQuery(serviceStatus);
  const lines = error && !(error instanceof ApiError && error.status === 404)
    ? [`The service does not answer${dataUpdatedAt ? ` since ${new Date(dataUpdatedAt).toLocaleTimeString()}` : ""}. This page tries again by itself; what you have entered is kept.`]
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
  const { maintenance, shortages = {} } = status;
  const lines: string[] = [];
  if (typeof maintenance === "string") lines.push(maintenance);
  else if (maintenance) lines.push(maintenance.since ? `${maintenance.message} (since ${new Date(maintenance.since).toLocaleString()})` : maintenance.message);
  for (const text of Object.values(shortages)) lines.push(`New jobs are refused for now: ${text}. Jobs that run go on, and files can be read.`);
  return lines;
}
