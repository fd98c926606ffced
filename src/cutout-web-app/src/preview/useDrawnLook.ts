import { useComputedColorScheme } from "@mantine/core";
import { useMemo } from "react";
import { drawnLook, type ChosenLook, type Look } from "./colours";

/** How stamps are drawn on this page: what is not chosen is of its theme. */
export function useDrawnLook(chosen: ChosenLook): Look {
  const scheme = useComputedColorScheme("light");
  return useMemo(() => drawnLook(scheme, chosen), [scheme, chosen]);
}
