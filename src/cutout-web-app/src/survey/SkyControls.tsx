/** Which map is shown, and how. */
import { Button, NativeSelect, SegmentedControl, Switch, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { SkyLayer } from "../api/types";
import { bandText } from "../bands";
import { COLOUR_MAPS, STRETCHES, type ColourMap, type Stretch } from "../preview/colours";
import { parseNumber } from "../sky/numbers";
import type { Shown } from "./address";

interface Props {
  layers: readonly SkyLayer[];
  layer: SkyLayer;
  bands: readonly SkyLayer[];
  shown: Shown;
  limits: [number, number] | null;
  isBlinking: boolean;
  change: (part: Partial<Shown>) => void;
  onBlink: (isBlinking: boolean) => void;
}

export function SkyControls({ layers, layer, bands, shown, limits, isBlinking, change, onBlink }: Props): ReactNode {
  const kinds = [...new Map(layers.map((each) => [kindOf(each), each])).keys()];
  const unit = shown.plane === "SCI" ? layer.unit : layer.weight_unit;
  const showKind = (kind: string): void => {
    const of = layers.filter((each) => kindOf(each) === kind);
    const next = of.find((each) => each.band === layer.band) ?? of[0];
    if (next) change({ layer: next.id });
  };
  return (
    <div className="survey-controls">
      <NativeSelect label="Map" value={kindOf(layer)} data={kinds} onChange={(event) => showKind(event.currentTarget.value)} />
      <div>
        <span className="survey-label" id="survey-band">
          Band
        </span>
        <SegmentedControl
          aria-labelledby="survey-band"
          value={layer.id}
          data={bands.map((each) => ({ value: each.id, label: bandText(each.band) }))}
          onChange={(id) => change({ layer: id })}
        />
      </div>
      {bands.length > 1 ? (
        <Button variant={isBlinking ? "filled" : "default"} aria-pressed={isBlinking} onClick={() => onBlink(!isBlinking)}>
          Blink
        </Button>
      ) : null}
      {layer.planes.length > 1 ? (
        <NativeSelect
          label="Show"
          value={shown.plane}
          data={[
            { value: "SCI", label: "Map" },
            { value: "WGT", label: "Weights" },
          ]}
          onChange={(event) => change({ plane: event.currentTarget.value === "WGT" ? "WGT" : "SCI", limits: null })}
        />
      ) : null}
      <Limits key={limits?.join("/") ?? ""} limits={limits} unit={unit} isOwn={shown.limits !== null} change={change} />
      <NativeSelect
        label="Stretch"
        value={shown.stretch}
        data={Object.entries(STRETCHES).map(([value, { label }]) => ({ value, label }))}
        onChange={(event) => change({ stretch: event.currentTarget.value as Stretch })}
      />
      <NativeSelect
        label="Colours"
        value={shown.colours}
        data={Object.entries(COLOUR_MAPS).map(([value, { label }]) => ({ value, label }))}
        onChange={(event) => change({ colours: event.currentTarget.value as ColourMap })}
      />
      <Switch label="Graticule" checked={shown.hasGraticule} onChange={(event) => change({ hasGraticule: event.currentTarget.checked })} />
    </div>
  );
}

function kindOf({ tag, filetype, field }: SkyLayer): string {
  return `${tag} · ${filetype}${field && !tag.includes(field) ? ` · ${field}` : ""}`;
}

function Limits({ limits, unit, isOwn, change }: { limits: [number, number] | null; unit: string | null; isOwn: boolean; change: Props["change"] }): ReactNode {
  const [texts, setTexts] = useState(() => (limits ?? ["", ""]).map((each) => (typeof each === "number" ? String(Number(each.toPrecision(4))) : each)));
  const [problem, setProblem] = useState("");
  const take = (): void => {
    try {
      const [low = 0, high = 0] = texts.map(parseNumber);
      setProblem(low < high ? "" : "must be above the lowest");
      if (low < high) change({ limits: [low, high] });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : "must be a number");
    }
  };
  const named = unit ? ` [${unit}]` : "";
  const initial = (limits ?? []).map((each) => String(Number(each.toPrecision(4)))).join("/");
  return (
    <>
      {(["Lowest", "Highest"] as const).map((label, at) => (
        <TextInput
          key={label}
          label={`${label}${named}`}
          value={texts[at] ?? ""}
          inputMode="text"
          error={at === 1 ? problem : ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setTexts((now) => now.map((each, place) => (place === at ? value : each)));
          }}
          onBlur={() => (texts.join("/") === initial ? undefined : take())}
          onKeyDown={(event) => (event.key === "Enter" ? take() : undefined)}
        />
      ))}
      {isOwn ? (
        <Button variant="default" onClick={() => change({ limits: null })}>
          Suggested values
        </Button>
      ) : null}
    </>
  );
}
