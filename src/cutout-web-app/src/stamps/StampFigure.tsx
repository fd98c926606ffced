/** One stamp: its pixels, the target, the place that is read, and what it is. */
import "../styles/stamps.css";
import { useElementSize } from "@mantine/hooks";
import { useEffect, useRef, type PointerEvent, type ReactNode } from "react";
import { bandText } from "../bands";
import { Signs } from "../preview/StampView";
import type { MapPlace, SkyPlace } from "../survey/grid";
import type { Palette } from "../survey/paint";
import { paintStamp } from "./stampPaint";
import type { Stamp } from "./stamps";

interface Props {
  stamp: Stamp;
  palette: Palette;
  /** The place that is read. */
  cross: SkyPlace | null;
  onHover: (place: SkyPlace | null) => void;
  onPin: (place: SkyPlace) => void;
}

export function StampFigure({ stamp, palette, cross, onHover, onPin }: Props): ReactNode {
  const { ref: box, width } = useElementSize();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) paintStamp(canvas.current, stamp, palette);
  }, [stamp, palette]);
  const size = width || 300;
  const height = (size * stamp.height) / stamp.width;
  const skyAt = (event: PointerEvent): SkyPlace | null => {
    const edge = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - edge.left) / edge.width) * stamp.width - 0.5;
    const y = (1 - (event.clientY - edge.top) / edge.height) * stamp.height - 0.5;
    return stamp.grid?.toSky({ x, y }) ?? null;
  };
  const onScreen = ({ x, y }: MapPlace): [number, number] => [((x + 0.5) / stamp.width) * size, (1 - (y + 0.5) / stamp.height) * height];
  const crossed = cross && stamp.grid?.toMap(cross);
  return (
    <figure className="look-stamp" data-band={stamp.band}>
      <figcaption>
        <strong>{bandText(stamp.band)}</strong> <span className="soft small">{mapText(stamp)}</span>
      </figcaption>
      <div
        ref={box}
        className="stamp-sheet look-sheet"
        data-ink={palette.ink}
        style={{ aspectRatio: `${stamp.width} / ${stamp.height}` }}
        onPointerMove={(event) => (event.pointerType === "touch" ? undefined : onHover(skyAt(event)))}
        onPointerLeave={() => onHover(null)}
        onClick={(event) => {
          const place = skyAt(event as unknown as PointerEvent);
          if (place) onPin(place);
        }}
      >
        <canvas ref={canvas} className="stamp-canvas" role="img" aria-label={stampText(stamp)} />
        <Signs row={{ xsize: stamp.width * stamp.scale, beam: stamp.beam, north: stamp.north }} size={size} height={height} />
        <svg className="look-marks" aria-hidden="true" viewBox={`0 0 ${size} ${height}`}>
          <Target at={onScreen(stamp.target)} />
          {crossed ? <Cross at={onScreen(crossed)} /> : null}
        </svg>
      </div>
    </figure>
  );
}

/** Four ticks around the target, which leave its pixels free. */
function Target({ at: [x, y] }: { at: [number, number] }): ReactNode {
  return <path d={`M${x - 22} ${y}h12M${x + 10} ${y}h12M${x} ${y - 22}v12M${x} ${y + 10}v12`} />;
}

function Cross({ at: [x, y] }: { at: [number, number] }): ReactNode {
  return <path className="look-cross" d={`M${x - 5} ${y}h10M${x} ${y - 5}v10`} />;
}

function mapText({ filetype, obsid, covered }: Stamp): string {
  const part = covered < 1 ? `, ${Math.max(1, Math.round(100 * covered))} % observed` : "";
  return `${filetype} ${obsid}${part}`;
}

function stampText(stamp: Stamp): string {
  const across = Number((stamp.width * stamp.scale).toPrecision(3));
  return `Stamp at ${bandText(stamp.band)}, ${mapText(stamp)}, ${across} arcmin wide. Its values are written below.`;
}
