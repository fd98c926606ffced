import { Alert, Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { ApiError, OfflineError } from "../api/client";

/** What a user can do about an error. */
export function advice(error: unknown): string {
  if (error instanceof OfflineError) return "";
  if (!(error instanceof ApiError)) return "This is a fault of the page. Load it again; if it comes back, tell the operators what you did.";
  if (error.status === 401) return "Sign in again; what you have entered is kept.";
  if (error.status === 403) return "If you think that you should be allowed to, ask the operators.";
  if (error.status === 404) return "It may have been deleted or have expired, or it belongs to somebody else.";
  if (error.status === 413) return "Divide the request into smaller ones.";
  if (error.status === 429) return `Wait ${error.retryAfter ?? 10} seconds, or let running jobs finish, then try again.`;
  if (error.status === 503) return `The service refuses this for now; what runs goes on. Try again in ${error.retryAfter ?? 5} seconds.`;
  if (error.status >= 500) return `Try again; if it comes back, tell the operators the number ${error.requestId ?? "of the request"}.`;
  return "Correct it and try again.";
}

interface Props {
  error: unknown;
  title: string;
  retry?: () => void;
  /** Whether it stands in the place of the whole page, whose heading it is then. */
  isPage?: boolean;
}

/** An error in words, with what to do next. */
export function ErrorNotice({ error, title, retry, isPage = false }: Props): ReactNode {
  const problems = error instanceof ApiError ? error.problems : [];
  const said = error instanceof Error ? error.message : String(error);
  const message = said.charAt(0).toUpperCase() + said.slice(1);
  return (
    <Alert color="red" variant="light" title={isPage ? <h1>{title}</h1> : title} role="alert" className="notice">
      {problems.length ? (
        <ul className="plain-list">
          {problems.slice(0, 10).map((each) => (
            <li key={`${each.field}${each.row ?? ""}${each.message}`}>
              <strong>
                {each.field}
                {each.row === null ? "" : `, row ${each.row}`}
              </strong>
              {each.value ? <code> {each.value.slice(0, 60)}</code> : null} {each.message}
            </li>
          ))}
          {problems.length > 10 ? <li>and {problems.length - 10} more</li> : null}
        </ul>
      ) : (
        <Text size="sm">{message}</Text>
      )}
      <Text size="sm" mt={4}>
        {advice(error)}
      </Text>
      {retry ? (
        <Group mt="xs">
          <Button size="xs" variant="default" onClick={retry}>
            Try again
          </Button>
        </Group>
      ) : null}
    </Alert>
  );
}
