/** The stamps side by side on one scale, with a cross that reads all of them. */
import { Switch } from "@mantine/core";
import { useMemo, useState, type KeyboardEvent, type ReactNode } from "react";
import { bandText, compareBands } from "../bands";
import type { Vocabulary } from "../api/types";
import { valueText } from "../preview/scale";
import { useDrawnLook } from "../preview/useDrawnLook";
import type { SkyPlace } from "../survey/grid";
import { Palette } from "../survey/paint";
import { commandOf, KEYS_TEXT } from "./keys";
import type { ShownLook } from "./lookAddress";
import type { Cut } from "./cutting";
import { StampReadout } from "../stamps/StampReadout";
import { StampFigure } from "../stamps/StampFigure";
import { commonNoise, type Stamp } from "../stamps/stamps";

interface Props {
  cut: Cut;
  shown: ShownLook;
  change: (part: Partial<ShownLook>) => void;
  seek: (place: SkyPlace) => void;
  bands: Vocabulary["bands"];
}

export function Stamps({ cut, shown, change, seek, bands }: Props): ReactNode {
  const stamps = useMemo(() => [...cut.stamps].sort((one, other) => compareBands(one.band, other.band)), [cut]);
  const [hover, setHover] = useState<SkyPlace | null>(null);
  const [pin, setPin] = useState<SkyPlace | null>(null);
  const scales = useScales(stamps, shown);
  const target = { ra: cut.asked.ra, dec: cut.asked.dec };
  const place = hover ?? pin ?? target;
  const drop = (): void => {
    setPin(null);
    setHover(null);
  };
  const press = (event: KeyboardEvent): void => {
    const command = commandOf(event);
    if (command === null || (command === "centre" && pin === null)) return;
    if (command === "centre") seek(pin ?? target);
    else if (command === "back") drop();
    else setPin((now) => stepped(stamps[0], now ?? target, command.step, command.pixels) ?? now);
    event.preventDefault();
  };
  return (
    <>
      <div
        className="look-stamps"
        role="application"
        tabIndex={0}
        aria-label={`Stamps. ${KEYS_TEXT} What stands under the cross is written below.`}
        onKeyDown={press}
      >
        {stamps.map((stamp) => (
          <StampFigure key={stamp.map} stamp={stamp} palette={scales.of(stamp).palette} cross={hover ?? pin} onHover={setHover} onPin={setPin} />
        ))}
        {bands.filter(({ name }) => !stamps.some(({ band }) => band === name)).map(({ name }) => (
          <div key={name} className="look-none">
            <strong>{bandText(name)}</strong>
            <span className="soft small">nothing observed here</span>
          </div>
        ))}
      </div>
      <div className="look-scale small">
        <span className="number" data-half={scales.first ?? ""}>
          {scales.text}
        </span>
        <Switch
          size="sm"
          label="Keep this scale at other positions"
          checked={shown.half !== null}
          disabled={scales.first === null}
          onChange={(event) => change({ half: event.currentTarget.checked && scales.first !== null ? Number(scales.first.toPrecision(4)) : null })}
        />
      </div>
      <StampReadout stamps={stamps} place={place} by={hover ? "pointer" : pin ? "pin" : "target"} onCentre={() => seek(place)} onDrop={drop} />
    </>
  );
}

/** The place some pixels beside another one, on the grid of a stamp. */
function stepped(stamp: Stamp | undefined, from: SkyPlace, [right, up]: [number, number], pixels: number): SkyPlace | null {
  const at = stamp?.grid?.toMap(from);
  if (!stamp?.grid || !at) return null;
  const within = (value: number, count: number): number => Math.max(0, Math.min(count - 1, value));
  return stamp.grid.toSky({ x: within(at.x + right * pixels, stamp.width), y: within(at.y + up * pixels, stamp.height) });
}

interface Scales {
  of: (stamp: Stamp) => { palette: Palette };
  /** Value at the ends of the first stamp's colours. */
  first: number | null;
  text: string;
}

/** One scale for all stamps; where maps have different units, one for each of these. */
function useScales(stamps: readonly Stamp[], { look, half }: ShownLook): Scales {
  const { map: colours, stretch, sigma } = useDrawnLook(look);
  return useMemo(() => {
    const units = [...new Set(stamps.map(({ unit }) => unit))];
    const scales = units.map((unit, at) => {
      const noise = commonNoise(stamps, unit);
      const end = (at === 0 ? half : null) ?? (noise === null ? null : sigma * noise);
      const width = end ?? 1;
      return { unit, end, noise, palette: new Palette({ low: -width, high: width, stretch, colours }) };
    });
    const [first] = scales;
    const fallback = { palette: new Palette({ low: -1, high: 1, stretch, colours }) };
    const ends = scales.map(({ unit, end }) => (end === null ? "" : `±${valueText(end)} ${unit ?? ""}`)).join(" and ");
    const about = half !== null ? "kept" : first?.noise ? `${valueText(sigma)} σ, of σ = ${valueText(first.noise)} ${first.unit ?? ""}` : "";
    return { of: ({ unit }: Stamp) => scales.find((each) => each.unit === unit) ?? fallback, first: first?.end ?? null, text: `All bands: ${ends} (${about})` };
  }, [stamps, colours, stretch, sigma, half]);
}
