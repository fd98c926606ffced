import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type ChosenLook } from "../preview/colours";
import { hasLook, readLook, withoutLook } from "../preview/lookQuery";

/** How previews are drawn: as the address says, which a colleague may have sent, else as this user likes them. */
export function useLook(): [ChosenLook, (look: ChosenLook) => void] {
  const [liked, setLiked] = useLocalStorage<ChosenLook>({ key: "spt3g-look", defaultValue: DEFAULT_LOOK, getInitialValueInEffect: false });
  const [search, setSearch] = useSearchParams();
  const sent = useMemo(() => (hasLook(search) ? readLook(search) : null), [search]);
  const setLook = useCallback(
    (look: ChosenLook) => {
      setLiked(look);
      if (sent) setSearch((now) => withoutLook(now), { replace: true, preventScrollReset: true });
    },
    [setLiked, sent, setSearch],
  );
  const isKnown = (liked.map === null || liked.map in COLOUR_MAPS) && liked.stretch in STRETCHES && liked.sigma > 0;
  return [sent ?? (isKnown ? liked : DEFAULT_LOOK), setLook];
}

/** Whether all stamps are drawn on one scale, so that a cluster and a blank field can be told apart. */
export function useOneScale(): [boolean, (isOne: boolean) => void] {
  const [isOne, setOne] = useLocalStorage<boolean>({ key: "spt3g-one-scale", defaultValue: false, getInitialValueInEffect: false });
  return [isOne, setOne];
}
