import { useLocalStorage } from "@mantine/hooks";
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type Look } from "../preview/colours";

/** How this user likes previews. */
export function useLook(): [Look, (look: Look) => void] {
  const [look, setLook] = useLocalStorage<Look>({ key: "spt3g-look", defaultValue: DEFAULT_LOOK, getInitialValueInEffect: false });
  const isKnown = look.map in COLOUR_MAPS && look.stretch in STRETCHES && look.sigma > 0;
  return [isKnown ? look : DEFAULT_LOOK, setLook];
}
