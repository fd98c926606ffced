/** Size, pixels and colours: what changes the stamps as they are looked at. */
import { SegmentedControl, Slider, TextInput } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import type { Vocabulary } from "../api/types";
import { LookControls } from "../preview/LookControls";
import { parseBounded } from "../sky/numbers";
import { attempt } from "../sky/refusal";
import type { ShownLook } from "./lookAddress";

interface Props {
  shown: ShownLook;
  size: number;
  limits: Vocabulary["limits"];
  change: (part: Partial<ShownLook>) => void;
}

/** A slider that is drawn asks once it rests for so long. */
const REST_MS = 120;
/** Longest stamp that the slider offers [arcmin]; larger ones are typed. */
const LONGEST = 60;

export function LookOptions({ shown, size, limits, change }: Props): ReactNode {
  return (
    <div className="look-options">
      <Size key={size} size={size} limits={limits} onChange={(next) => change({ size: next })} />
      <div>
        <span className="survey-label" id="look-pixels">
          Pixels
        </span>
        <SegmentedControl
          aria-labelledby="look-pixels"
          value={shown.isNorthUp ? "TAN" : "native"}
          data={[
            { value: "native", label: "The map's own" },
            { value: "TAN", label: "North up" },
          ]}
          onChange={(value) => change({ isNorthUp: value === "TAN" })}
        />
      </div>
      <LookControls
        look={shown.look}
        onChange={(look) => change({ look, half: shown.half === null ? null : Number(((shown.half * look.sigma) / shown.look.sigma).toPrecision(4)) })}
      />
    </div>
  );
}

function Size({ size, limits, onChange }: { size: number; limits: Vocabulary["limits"]; onChange: (size: number) => void }): ReactNode {
  const [text, setText] = useState(String(size));
  const result = attempt(() => parseBounded(text, limits.size_min, limits.size_max, "arcmin"));
  const value = "value" in result ? result.value : size;
  useEffect(() => {
    if (value === size) return undefined;
    const timer = setTimeout(() => onChange(value), REST_MS);
    return () => clearTimeout(timer);
  }, [value, size, onChange]);
  return (
    <div className="look-size">
      <TextInput
        label="Size"
        value={text}
        inputMode="decimal"
        onChange={(event) => setText(event.currentTarget.value)}
        rightSection={<span className="unit">arcmin</span>}
        rightSectionWidth={64}
        error={"refused" in result ? result.refused : null}
      />
      <Slider
        min={Math.max(1, Math.ceil(limits.size_min))}
        max={Math.min(LONGEST, limits.size_max)}
        step={1}
        label={null}
        value={Math.min(LONGEST, value)}
        onChange={(next) => setText(String(next))}
        thumbLabel="Size in arcminutes"
      />
    </div>
  );
}
