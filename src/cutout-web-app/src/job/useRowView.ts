/** The rows that are shown, as the address has it. */
import { useCallback, useMemo } from "react";
import { useAddressState } from "../shell/useAddressState";
import { readView, writeView, type RowView } from "./rowView";

interface Shown extends RowView {
  /** The address, of which the view is a part. */
  whole: URLSearchParams;
}

const read = (search: URLSearchParams): Shown => ({ ...readView(search), whole: search });
const write = ({ whole, ...view }: Shown): URLSearchParams => writeView(whole, view);

export function useRowView(): { view: RowView; change: (part: Partial<RowView>) => void } {
  const { shown, change } = useAddressState(read, write);
  const view = useMemo(() => readView(shown.whole), [shown]);
  return { view, change: useCallback((part: Partial<RowView>) => change(part), [change]) };
}
