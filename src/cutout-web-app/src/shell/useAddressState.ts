/** What a page shows, kept in its address, so that a link shows the same to a colleague. */
import { useCallback, useMemo, useRef } from "react";
import { useNavigate, useSearchParams } from "react-router";

export type AddressChange<Shown> = (part: Partial<Shown>, options?: { replace: boolean }) => void;

/**
 * Changes build on what the address has by then, and on those that are still on their way to it:
 * what a page has rendered may be older, and would take back what was changed a moment before.
 */
export function useAddressState<Shown>(
  read: (query: URLSearchParams) => Shown,
  write: (shown: Shown) => URLSearchParams,
): { shown: Shown; change: AddressChange<Shown> } {
  const [query] = useSearchParams();
  const shown = useMemo(() => read(query), [query, read]);
  const navigate = useNavigate();
  const pending = useRef<URLSearchParams | null>(null);
  const change = useCallback<AddressChange<Shown>>(
    (part, { replace } = { replace: true }) => {
      const next = write({ ...read(pending.current ?? new URLSearchParams(window.location.search)), ...part });
      pending.current = next;
      void Promise.resolve(navigate(`?${next}`, { replace, preventScrollReset: true })).finally(() => {
        if (pending.current === next) pending.current = null;
      });
    },
    [navigate, read, write],
  );
  return { shown, change };
}
