/** What was read in the text, or why nothing is shown. */
import { Button } from "@mantine/core";
import { Link } from "react-router";
import type { ReactNode } from "react";
import { EmptyState } from "../shell/EmptyState";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { SkyPlace } from "../survey/grid";
import type { Found, FoundPlace } from "./position";

export function PlaceHead({ place }: { place: FoundPlace }): ReactNode {
  return (
    <div role="status">
      <h2>{place.name ?? `${formatRa(place.ra)} ${formatDec(place.dec)}`}</h2>
      <p className="soft number">
        {place.name ? `${formatRa(place.ra)} ${formatDec(place.dec)} \u00b7 ` : ""}
        {formatDegrees(place.ra)}°, {formatDegrees(place.dec)}° (ICRS)
      </p>
      {place.remarks.map((each) => (
        <p key={each} className="soft small">
          {sentence(each)}
        </p>
      ))}
    </div>
  );
}

interface Props {
  found: Exclude<Found, { kind: "place" }>;
  text: string;
  onPick: (place: SkyPlace) => void;
}

/** Why the text is no one position, and what to do. */
export function NotAPlace({ found, text, onPick }: Props): ReactNode {
  return (
    <div className="hint hint-warn look-refused" role="alert">
      {found.kind === "refused" ? (
        <>
          <p>
            <strong>“{text}” was not read.</strong>
          </p>
          {found.messages.map((each) => (
            <p key={each}>{sentence(each)}</p>
          ))}
        </>
      ) : found.kind === "several" ? (
        <p>
          These are {found.count} positions; this page shows one. <Link to="/">A new job</Link> takes them all.
        </p>
      ) : (
        <>
          <p>The right ascension {found.message}. Pick what is meant:</p>
          <div className="look-examples">
            {found.readings.map(({ name, place }) => (
              <Button key={name} size="xs" variant="default" onClick={() => onPick(place)}>
                As {name}: {formatDegrees(place.ra)}°, {formatDegrees(place.dec)}°
              </Button>
            ))}
          </div>
        </>
      )}
    </div>
  );
}

export function NothingHere({ place }: { place: FoundPlace }): ReactNode {
  const isBeside = place.coverage.every(({ covered }) => covered === "outside");
  return (
    <div role="status">
      <EmptyState
        action={
          <Button component={Link} to="/sky" size="xs" variant="default">
            See where the maps are
          </Button>
        }
      >
        {isBeside ? "This position lies outside every map." : "The maps reach here, but none of them has observed a pixel of this stamp. A larger size may meet some."} Its stamps would be here.
      </EmptyState>
    </div>
  );
}

function sentence(text: string): string {
  const said = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
