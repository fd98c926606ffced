import { useLocalStorage } from "@mantine/hooks";
import { useCallback, useMemo } from "react";
import { useSearchParams } from "react-router";
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type ChosenLook, type ColourMap } from "../preview/colours";
import { hasLook, readLook, withoutLook } from "../preview/lookQuery";

const LOOK_KEY = "spt3g-chosen-look";
/** Kept with the colours of a light page also by those who had chosen something else of it only. */
const OLDER_KEY = "spt3g-look";
const OLDER_COLOURS: ColourMap = "diverging";

/** What an older release has kept of this user's likings. */
function lookOfBefore(): ChosenLook {
  try {
    const kept = JSON.parse(localStorage.getItem(OLDER_KEY) ?? "null") as Partial<ChosenLook> | null;
    const look = { ...DEFAULT_LOOK, ...kept };
    return look.map === OLDER_COLOURS ? { ...look, map: DEFAULT_LOOK.map } : look;
  } catch {
    return DEFAULT_LOOK;
  }
}

/** How previews are drawn: as the address says, which a colleague may have sent, else as this user likes them. */
export function useLook(): [ChosenLook, (look: ChosenLook) => void] {
  const [liked, setLiked] = useLocalStorage<ChosenLook>({ key: LOOK_KEY, defaultValue: lookOfBefore(), getInitialValueInEffect: false });
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
