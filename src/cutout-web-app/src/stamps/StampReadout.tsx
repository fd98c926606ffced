/** What stands at a place in all bands. */
import "../styles/stamps.css";
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { bandText } from "../bands";
import { valueText } from "../preview/scale";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { SkyPlace } from "../survey/grid";
import { readingAt, type Stamp } from "./stamps";

interface Props {
  stamps: readonly Stamp[];
  place: SkyPlace;
  /** Where the place is from: the pointer, a click or keys, or the target itself. */
  by: "pointer" | "pin" | "target";
  /** None where there is nothing to go to. */
  onCentre?: () => void;
  onDrop: () => void;
}

const WORDS = { pointer: "Under the pointer", pin: "Under the cross", target: "At the target" };

export function StampReadout({ stamps, place, by, onCentre, onDrop }: Props): ReactNode {
  return (
    <section className="look-readout" aria-label="Values" data-ra={place.ra} data-dec={place.dec}>
      <dl className="number">
        <div>
          <dt>{WORDS[by]}</dt>
          <dd>
            {formatRa(place.ra)} {formatDec(place.dec)}
          </dd>
        </div>
        <div>
          <dt>RA, Dec</dt>
          <dd>
            {formatDegrees(Number(place.ra.toFixed(5)))}, {formatDegrees(Number(place.dec.toFixed(5)))}
          </dd>
        </div>
        {stamps.map((stamp) => {
          const read = readingAt(stamp, place);
          return (
            <div key={stamp.map} data-band={stamp.band} data-value={read?.value ?? ""}>
              <dt>{bandText(stamp.band)}</dt>
              <dd>
                {read ? (Number.isNaN(read.value) ? "not observed" : `${valueText(read.value)} ${stamp.unit ?? ""}`) : "–"}
                {read?.weight ? <span className="soft small"> weight {valueText(read.weight)}</span> : null}
              </dd>
            </div>
          );
        })}
      </dl>
      {/* Always there, so that nothing moves when a place is clicked on. */}
      <div className="look-pinned" aria-hidden={by === "target"} style={by === "target" ? { visibility: "hidden" } : undefined}>
        {onCentre ? (
          <Button size="xs" variant="default" onClick={onCentre}>
            Centre here
          </Button>
        ) : null}
        <Button size="xs" variant="subtle" color="gray" onClick={onDrop}>
          Back to the target
        </Button>
      </div>
    </section>
  );
}
