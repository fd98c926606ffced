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
  shown: Shown & { colours: ColourMap };
  /** Whether there are three bands to be shown at once. */
  hasComposite: boolean;
  /** Values at the ends of the colours; null where each band has its own. */
  limits: [number, number] | null;
  isBlinking: boolean;
  isBoxing: boolean;
  change: (part: Partial<Shown>) => void;
  onBlink: (isBlinking: boolean) => void;
  onBoxing: (isBoxing: boolean) => void;
}

const COMPOSITE = "composite";

export function SkyControls({ layers, layer, bands, shown, hasComposite, limits, isBlinking, isBoxing, change, onBlink, onBoxing }: Props): ReactNode {
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
          value={shown.isComposite ? COMPOSITE : layer.id}
          data={[...bands.map((each) => ({ value: each.id, label: bandText(each.band) })), ...(hasComposite ? [{ value: COMPOSITE, label: "RGB" }] : [])]}
          onChange={(id) => {
            if (id === COMPOSITE) onBlink(false);
            change(id === COMPOSITE ? { isComposite: true } : { layer: id, isComposite: false });
          }}
        />
      </div>
      {bands.length > 1 ? (
        <Button variant={isBlinking ? "filled" : "default"} aria-pressed={isBlinking} onClick={() => {
            change({ isComposite: false });
            onBlink(!isBlinking);
          }}>
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
        disabled={shown.isComposite}
        data={Object.entries(COLOUR_MAPS).map(([value, { label }]) => ({ value, label }))}
        onChange={(event) => change({ colours: event.currentTarget.value as ColourMap })}
      />
      <Button variant={isBoxing ? "filled" : "default"} aria-pressed={isBoxing} onClick={() => onBoxing(!isBoxing)}>
        Draw a box
      </Button>
      <Switch label="Graticule" checked={shown.hasGraticule} onChange={(event) => change({ hasGraticule: event.currentTarget.checked })} />
    </div>
  );
}

function kindOf({ tag, filetype, field }: SkyLayer): string {
  return `${tag} · ${filetype}${field && !tag.includes(field) ? ` · ${field}` : ""}`;
}

function Limits({ limits, unit, isOwn, change }: { limits: [number, number] | null; unit: string | null; isOwn: boolean; change: Props["change"] }): ReactNode {
  const initial = limits ? limits.map((each) => String(Number(each.toPrecision(4)))) : ["", ""];
  const [texts, setTexts] = useState(initial);
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
  return (
    <>
      {(["Lowest", "Highest"] as const).map((label, at) => (
        <TextInput
          key={label}
          label={`${label}${named}`}
          placeholder={limits ? "" : "by band"}
          value={texts[at] ?? ""}
          inputMode="text"
          error={at === 1 ? problem : ""}
          onChange={(event) => {
            const { value } = event.currentTarget;
            setTexts((now) => now.map((each, place) => (place === at ? value : each)));
          }}
          onBlur={() => (texts.includes("") || texts.join("/") === initial.join("/") ? undefined : take())}
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
