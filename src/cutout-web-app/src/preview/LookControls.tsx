import { Button, NativeSelect, Slider } from "@mantine/core";
import { useEffect, useRef, type ReactNode } from "react";
import { COLOUR_MAPS, DEFAULT_LOOK, STRETCHES, type ChosenLook, type ColourMap, type Look, type Stretch } from "./colours";
import { paintBar } from "./previewPaint";
import { useDrawnLook } from "./useDrawnLook";

interface Props {
  look: ChosenLook;
  onChange: (look: ChosenLook) => void;
  /** Further controls, beside these. */
  children?: ReactNode;
}

/** Colour map, stretch and width of the scale. */
export function LookControls({ look, onChange, children }: Props): ReactNode {
  const drawn = useDrawnLook(look);
  const isDefault = JSON.stringify(look) === JSON.stringify(DEFAULT_LOOK);
  return (
    <div className="look">
      <NativeSelect
        size="xs"
        label="Colours"
        value={drawn.map}
        onChange={(event) => onChange({ ...look, map: event.currentTarget.value as ColourMap })}
        data={Object.entries(COLOUR_MAPS).map(([value, { label }]) => ({ value, label }))}
      />
      <NativeSelect
        size="xs"
        label="Stretch"
        value={look.stretch}
        onChange={(event) => onChange({ ...look, stretch: event.currentTarget.value as Stretch })}
        data={Object.entries(STRETCHES).map(([value, { label }]) => ({ value, label }))}
      />
      <div className="look-width">
        <span className="small" id="look-width">
          Scale: ±{look.sigma}σ
        </span>
        <Slider
          size="sm"
          min={0.5}
          max={20}
          step={0.5}
          label={null}
          value={look.sigma}
          onChange={(sigma) => onChange({ ...look, sigma })}
          thumbLabel="Half width of the scale in standard deviations"
        />
      </div>
      <div className="look-bar">
        <ColourBar look={drawn} />
        <span className="small number look-ends">
          <span>−{look.sigma}σ</span>
          <span>0</span>
          <span>+{look.sigma}σ</span>
        </span>
      </div>
      {children}
      {isDefault ? null : (
        <Button size="xs" variant="subtle" onClick={() => onChange(DEFAULT_LOOK)}>
          As at first
        </Button>
      )}
    </div>
  );
}

export function ColourBar({ look }: { look: Look }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (canvas.current) paintBar(canvas.current, look);
  }, [look]);
  return <canvas ref={canvas} className="colour-bar" role="img" aria-label={`Colours from −${look.sigma} to +${look.sigma} standard deviations`} />;
}
