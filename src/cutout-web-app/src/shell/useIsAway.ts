import { useQuery } from "@tanstack/react-query";
import { ApiError } from "../api/client";
import { serviceStatus } from "../api/queries";

/** Whether the service does not respond, as far as the last look at it goes. */
export function useIsAway(): boolean {
  const { error } = useQuery(serviceStatus);
  return error !== null && !(error instanceof ApiError && error.status === 404);
}
