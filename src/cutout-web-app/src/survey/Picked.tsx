/** A place or a box that was chosen on the sky, and what leads on from there. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { vocabulary as vocabularyQuery } from "../api/queries";
import type { Vocabulary } from "../api/types";
import { countText } from "../shell/texts";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { SkyBox } from "./box";
import { lookText, type Entry } from "./catalogue";
import type { SkyPlace } from "./grid";
import { boxTable, placesTable } from "./tables";
import { useTargets } from "./useTargets";

/** A place, with a name where an object stands there. */
export type PickedPlace = SkyPlace & Partial<Pick<Entry, "name" | "of" | "link">>;

/** A box, with the objects in it. */
export type PickedBox = SkyBox & { objects: readonly Entry[] };

export function Picked({ place, onClose }: { place: PickedPlace | PickedBox; onClose: () => void }): ReactNode {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  const take = useTargets();
  const box = "objects" in place ? place : null;
  const refused = box && vocabulary ? whyNotCut(box, vocabulary.limits) : null;
  return (
    <section className="card survey-picked" aria-label={box ? "Chosen box" : "Chosen position"} role="status">
      <What place={place} refused={refused} />
      <div className="survey-actions">
        {box ? null : (
          <Button component={Link} to={`/look?${new URLSearchParams({ pos: lookText(place) }).toString()}`}>
            Look at it
          </Button>
        )}
        <Button variant={box ? "filled" : "default"} onClick={() => void take(box ? boxTable(box) : placesTable([place]))} disabled={!vocabulary || refused !== null}>
          Cut it out
        </Button>
        {"link" in place && place.link ? (
          <Button component="a" href={place.link} target="_blank" rel="noreferrer" variant="default">
            Its page in the catalogue
          </Button>
        ) : null}
        {box?.objects.length ? (
          <Button variant="default" onClick={() => void take(placesTable(box.objects))} disabled={!vocabulary}>
            Take its {countText(box.objects.length, "object")} as targets
          </Button>
        ) : null}
        <Button variant="default" onClick={onClose}>
          Drop it
        </Button>
      </div>
    </section>
  );
}

function What({ place, refused }: { place: PickedPlace | PickedBox; refused: string | null }): ReactNode {
  const object = "objects" in place ? null : place;
  return (
    <p className="number">
      {object?.name ? <strong>{object.name} </strong> : null}
      {"objects" in place ? <strong>{sizeText(place)} about </strong> : null}
      <strong>
        {formatRa(place.ra)} {formatDec(place.dec)}
      </strong>{" "}
      <span className="soft">
        {formatDegrees(place.ra)}, {formatDegrees(place.dec)}
      </span>
      {object?.of ? <span className="soft survey-of">{object.of}</span> : null}
      {refused ? <span className="survey-refused">{refused}</span> : null}
    </p>
  );
}

function sizeText({ across, up }: SkyBox): string {
  return `${across.toFixed(1)}\u2032 × ${up.toFixed(1)}\u2032`;
}

/** Why a box is no stamp; null where it can be one. */
function whyNotCut({ across, up }: SkyBox, { size_min: least, size_max: most }: Vocabulary["limits"]): string | null {
  if (Math.max(across, up) > most) return `Stamps are ${most}\u2032 wide at most; draw a smaller box to cut it out.`;
  if (Math.min(across, up) < least) return `Stamps are ${least}\u2032 wide at least; draw a larger box to cut it out.`;
  return null;
}
