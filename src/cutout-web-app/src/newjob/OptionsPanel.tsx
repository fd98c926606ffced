import { Anchor, Checkbox, Chip, Group, NativeSelect, Radio, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { bandList, bandText } from "../bands";
import type { Vocabulary } from "../api/types";
import { namesOf, type Choice, type Draft } from "./draft";
import type { Offer } from "./offer";
import { OF_OBSERVATIONS, asksCoadds, asksDates, makesCoadds, makesStamps } from "./parameters";
import type { Change } from "./useDraft";

interface Props {
  vocabulary: Vocabulary;
  draft: Draft;
  change: Change;
  offer: Offer;
  problems: ReadonlyMap<string, string>;
}

/** Short names of products that this page shows in a way of its own. */
const PRODUCT_WORDS: Record<string, string> = { fits: "FITS stamps", preview: "Previews", lightcurve: "Light curves", coadd: "Coadds", difference: "Differences", mosaic: "Mosaics", stack: "Stacks", cube: "Cubes", animation: "Animations", colour: "Colour pictures" };

/** What to cut out of which maps. */
export function OptionsPanel(props: Props): ReactNode {
  return (
    <section className="card" aria-labelledby="stamps-title">
      <h2 id="stamps-title">Stamps</h2>
      <div className="fields">
        <Size {...props} />
        <Bands {...props} />
        <Maps {...props} />
        <Kinds {...props} />
        <Products {...props} />
        <Projection {...props} />
      </div>
    </section>
  );
}

function Size({ vocabulary: { limits }, draft, change, problems }: Props): ReactNode {
  const [apart, setApart] = useState(draft.ysize !== "");
  return (
    <Group align="flex-start" gap="md" wrap="nowrap">
      <TextInput
        label={apart ? "Width" : "Size"}
        value={draft.xsize}
        onChange={(event) => change({ xsize: event.currentTarget.value })}
        inputMode="decimal"
        rightSection={<span className="unit">arcmin</span>}
        rightSectionWidth={64}
        error={problems.get("SIZE") ?? problems.get("XSIZE")}
        description={`${limits.size_min} to ${limits.size_max}; the size in a row wins`}
        w={230}
      />
      {apart ? (
        <TextInput
          label="Height"
          value={draft.ysize}
          onChange={(event) => change({ ysize: event.currentTarget.value })}
          inputMode="decimal"
          rightSection={<span className="unit">arcmin</span>}
          rightSectionWidth={64}
          error={problems.get("YSIZE")}
          description="empty for square stamps"
          w={200}
        />
      ) : (
        <Anchor component="button" type="button" size="sm" mt={51} onClick={() => setApart(true)}>
          Another height
        </Anchor>
      )}
    </Group>
  );
}

function Bands({ vocabulary, draft, change, offer, problems }: Props): ReactNode {
  const all = namesOf(vocabulary.bands);
  return (
    <fieldset className="set">
      <legend>Bands</legend>
      <Chip.Group multiple value={draft.bands} onChange={(bands) => change({ bands: all.filter((band) => bands.includes(band)) })}>
        <Group gap="xs">
          {all.map((band) => (
            <Chip key={band} value={band} disabled={!offer.bands.includes(band)} size="sm">
              {bandText(band)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <FieldError text={problems.get("BANDS")} />
      {offer.bands.length < all.length ? <p className="soft small">Greyed bands have no such maps.</p> : null}
    </fieldset>
  );
}

function Maps(props: Props): ReactNode {
  const { draft, change, offer } = props;
  const choices: [Choice, string, string, boolean][] = [
    ["newest", "Newest coadd", "of each band, the deepest maps there are", offer.coadds.length > 0],
    ["coadds", "Chosen coadds", "one season or several", offer.coadds.length > 0],
    ["dates", "Single observations", "for light curves and transients", offer.hasDates],
    ["both", "Coadds and observations", "both of the above", offer.coadds.length > 0 && offer.hasDates],
  ];
  return (
    <div>
      <Radio.Group label="Maps" value={draft.choice} onChange={(choice) => change({ choice: choice })}>
        <div className="radios">
          {choices.map(([value, label, description, there]) => (
            <Radio key={value} value={value} label={label} description={description} disabled={!there && offer.maps !== null} />
          ))}
        </div>
      </Radio.Group>
      {asksCoadds(draft) ? <Coadds {...props} /> : null}
      {asksDates(draft) ? <Dates {...props} /> : null}
    </div>
  );
}

function Coadds({ draft, change, offer, problems }: Props): ReactNode {
  return (
    <fieldset className="set set-inner">
      <legend>Coadds</legend>
      <Checkbox.Group value={draft.coadds} onChange={(coadds) => change({ coadds })}>
        {offer.coadds.map(({ tag, bands, filetypes }) => (
          <Checkbox key={tag} value={tag} label={tag} description={`${bandList(bands)}; ${filetypes.join(", ")}`} mb={6} />
        ))}
      </Checkbox.Group>
      <FieldError text={problems.get("COADD")} />
    </fieldset>
  );
}

function Dates({ draft, change, offer, problems }: Props): ReactNode {
  const bounds = { min: offer.first ?? undefined, max: offer.last ?? undefined };
  return (
    <div className="set-inner">
      <Group align="flex-start">
        <TextInput type="date" label="First day (UTC)" {...bounds} value={draft.dateStart} onChange={(event) => change({ dateStart: event.currentTarget.value })} error={problems.get("DATE_START")} />
        <TextInput type="date" label="Last day (UTC)" {...bounds} value={draft.dateEnd} onChange={(event) => change({ dateEnd: event.currentTarget.value })} error={problems.get("DATE_END")} />
      </Group>
      <p className="soft small">
        Both days are included whole; either may be empty.
        {offer.first && offer.last ? ` There are observations from ${offer.first} to ${offer.last}.` : ""}
      </p>
    </div>
  );
}

function Kinds({ vocabulary: { filetypes: kinds }, draft, change, offer, problems }: Props): ReactNode {
  return (
    <fieldset className="set">
      <legend>Kinds of maps</legend>
      <Checkbox.Group value={draft.filetypes} onChange={(filetypes) => change({ filetypes: namesOf(kinds).filter((type) => filetypes.includes(type)) })}>
        <Group gap="md">
          {kinds.filter(({ name }) => offer.filetypes.includes(name) || draft.filetypes.includes(name)).map(({ name, summary }) => (
            <Checkbox key={name} value={name} label={name} description={summary} />
          ))}
        </Group>
      </Checkbox.Group>
      <FieldError text={problems.get("FILETYPE")} />
    </fieldset>
  );
}

function Products({ vocabulary, draft, change, problems }: Props): ReactNode {
  return (
    <fieldset className="set">
      <legend>Products</legend>
      <Checkbox.Group value={draft.products} onChange={(products) => change({ products: namesOf(vocabulary.products).filter((each) => products.includes(each)) })}>
        {vocabulary.products.map(({ name, summary }) => (
          <Checkbox key={name} value={name} label={PRODUCT_WORDS[name] ?? name} description={summary} disabled={OF_OBSERVATIONS.has(name) && !asksDates(draft)} mb={6} />
        ))}
      </Checkbox.Group>
      <p className="soft small">
        {asksDates(draft) ? "Light curves are one table of all targets; alone, they make no stamps." : "For light curves, coadds, differences, cubes and animations, choose single observations under Maps."}
      </p>
      {makesCoadds(draft) ? <Reference draft={draft} change={change} problems={problems} /> : null}
      {makesStamps(draft) ? (
        <Checkbox
          mb={6}
          checked={draft.noise}
          onChange={(event) => change({ noise: event.currentTarget.checked })}
          label="Measure the noise of each stamp"
          description="rms and depth, in its header and in the manifest"
        />
      ) : null}
      <FieldError text={problems.get("PRODUCTS")} />
    </fieldset>
  );
}

function Reference({ draft, change, problems }: Pick<Props, "draft" | "change" | "problems">): ReactNode {
  return (
    <Group className="set-inner" align="flex-start">
      <TextInput type="date" label="Coadd from (UTC)" value={draft.referenceStart} onChange={(event) => change({ referenceStart: event.currentTarget.value })} error={problems.get("REFERENCE_START")} />
      <TextInput type="date" label="Coadd to (UTC)" value={draft.referenceEnd} onChange={(event) => change({ referenceEnd: event.currentTarget.value })} description="empty: all that are selected" inputWrapperOrder={["label", "input", "description", "error"]} error={problems.get("REFERENCE_END")} />
    </Group>
  );
}

function Projection({ vocabulary: { orders }, draft, change, offer, problems }: Props): ReactNode {
  return (
    <div>
      <Radio.Group label="Pixels" value={draft.projection} onChange={(value) => change({ projection: value === "TAN" ? "TAN" : "native" })}>
        <div className="radios">
          <Radio value="native" label="The map's own" description={offer.hasNative ? "exact copies, north is tilted" : "these maps have no rows and columns"} disabled={!offer.hasNative} />
          <Radio value="TAN" label="North up (TAN)" description="resampled, centred on the target" />
        </div>
      </Radio.Group>
      {draft.projection === "TAN" ? (
        <Group className="set-inner" align="flex-start">
          <TextInput
            label="Pixel scale"
            placeholder="as the map"
            value={draft.pixelScale}
            onChange={(event) => change({ pixelScale: event.currentTarget.value })}
            inputMode="decimal"
            rightSection={<span className="unit">arcmin</span>}
            rightSectionWidth={64}
            error={problems.get("PIXEL_SCALE")}
            w={180}
          />
          <NativeSelect
            label="Resampling"
            value={draft.order}
            onChange={(event) => change({ order: event.currentTarget.value })}
            data={namesOf(orders)}
            error={problems.get("ORDER")}
            description={`${namesOf(orders.filter((each) => each.antialiased)).join(" or ")} for a coarser scale`}
          />
        </Group>
      ) : null}
      {offer.states.length > 1 || draft.states.length ? (
        <Checkbox.Group mt="sm" label="Planes of polarisation" description="all that are chosen in one FITS file; none: each map's own" value={draft.states} onChange={(chosen) => change({ states: offer.states.filter((state) => chosen.includes(state)) })} error={problems.get("POL")}>
          <Group gap="md" mt={6}>
            {offer.states.map((state) => (
              <Checkbox key={state} value={state} label={state} />
            ))}
          </Group>
        </Checkbox.Group>
      ) : null}
      <Checkbox
        mt="sm"
        checked={draft.pad}
        onChange={(event) => change({ pad: event.currentTarget.checked })}
        label="Fill stamps at map edges to their full size"
        description="missing pixels are NaN with weight 0; otherwise stamps are clipped"
      />
      {makesStamps(draft) ? (
        <TextInput
          mt="sm"
          label="Only uniform coverage"
          placeholder="any"
          value={draft.uniformCoverage}
          onChange={(event) => change({ uniformCoverage: event.currentTarget.value })}
          inputMode="decimal"
          description="least ratio of a stamp's smallest to its largest weight, 0 to 1"
          error={problems.get("UNIFORM_COVERAGE")}
          w={280}
        />
      ) : null}
    </div>
  );
}

function FieldError({ text }: { text: string | undefined }): ReactNode {
  return text ? (
    <p className="field-error" role="alert">
      {text}
    </p>
  ) : null;
}
