/** A stamp in a second: one position in all bands, through the synchronous service. */
import "../styles/look.css";
import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { Link } from "react-router";
import { vocabulary as vocabularyQuery } from "../api/queries";
import type { Vocabulary } from "../api/types";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";
import { useAddressState, type AddressChange } from "../shell/useAddressState";
import { usePageTitle } from "../shell/usePageTitle";
import type { SkyPlace } from "../survey/grid";
import { Actions } from "./Actions";
import { positionText, readLookAddress, writeLookAddress, type ShownLook } from "./lookAddress";
import { cutQuery, type Asked } from "./cutting";
import { LookOptions } from "./LookOptions";
import { positionQuery, usualSize, type FoundPlace } from "./position";
import { NotAPlace, NothingHere, PlaceHead } from "./PlaceWords";
import { Stamps } from "./Stamps";

const EXAMPLES = ["SPT-CL J0000-5748", "0.4150 -54.6711", "23:53:26 -54:50:24"];

export default function LookPage(): ReactNode {
  usePageTitle("Quick look");
  const { data, error, refetch } = useQuery(vocabularyQuery);
  if (data) return <Look vocabulary={data} />;
  return error ? <ErrorNotice isPage error={error} title="The page cannot be shown" retry={() => void refetch()} /> : <Loading />;
}


function Look({ vocabulary }: { vocabulary: Vocabulary }): ReactNode {
  // A new position is a step back that one can go; a slider is not.
  const { shown, change } = useAddressState(readLookAddress, writeLookAddress);
  const seek = useCallback((place: SkyPlace) => change({ pos: positionText(place) }, { replace: false }), [change]);
  const found = useQuery(positionQuery(shown.pos));
  return (
    <>
      <div className="page-head look-head">
        <h1>Quick look</h1>
        <p className="soft">One position in all bands, at once: type it, paste it, or give a name that tells it.</p>
      </div>
      <PositionForm key={shown.pos} pos={shown.pos} onLook={(pos) => change({ pos }, { replace: false })} />
      {found.error ? <ErrorNotice error={found.error} title="The position could not be read" retry={() => void found.refetch()} /> : null}
      {shown.pos ? null : <Examples onPick={(pos) => change({ pos }, { replace: false })} />}
      {found.data && found.data.kind !== "place" ? <NotAPlace found={found.data} text={shown.pos} onPick={seek} /> : null}
      {found.isLoading ? <Loading what="Reading the position" /> : null}
      {found.data?.kind === "place" ? <Seen place={found.data.place} shown={shown} change={change} seek={seek} vocabulary={vocabulary} /> : null}
    </>
  );
}

interface SeenProps {
  place: FoundPlace;
  shown: ShownLook;
  change: AddressChange<ShownLook>;
  seek: (place: SkyPlace) => void;
  vocabulary: Vocabulary;
}

function Seen({ place, shown, change, seek, vocabulary }: SeenProps): ReactNode {
  const size = shown.size ?? usualSize(place, vocabulary.defaults.size);
  const asked = useMemo(
    (): Asked => ({ ra: place.ra, dec: place.dec, name: place.name, size, isNorthUp: shown.isNorthUp }),
    [place, size, shown.isNorthUp],
  );
  const { data: cut, error, isFetching, refetch } = useQuery(cutQuery(asked));
  return (
    <>
      <div className="look-place">
        <PlaceHead place={place} />
        {cut && !error ? <Actions cut={cut} /> : null}
      </div>
      {error ? <ErrorNotice error={error} title="The stamps could not be cut" retry={() => void refetch()} /> : null}
      {!cut && isFetching ? <Loading what="Cutting" /> : null}
      {cut && !error ? (
        <div className={isFetching ? "look-stale" : ""} aria-busy={isFetching}>
          {cut.stamps.length ? <Stamps key={`${cut.asked.ra} ${cut.asked.dec}`} cut={cut} shown={shown} change={change} seek={seek} bands={vocabulary.bands} /> : <NothingHere place={place} />}
        </div>
      ) : null}
      <LookOptions shown={shown} size={size} limits={vocabulary.limits} change={change} />
    </>
  );
}

function PositionForm({ pos, onLook }: { pos: string; onLook: (pos: string) => void }): ReactNode {
  const [text, setText] = useState(pos);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // After the page's own focus, which a new page takes.
    if (pos) return undefined;
    const frame = requestAnimationFrame(() => field.current?.focus());
    return () => cancelAnimationFrame(frame);
  }, [pos]);
  return (
    <form
      role="search"
      className="look-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) onLook(text.trim());
      }}
    >
      <TextInput
        ref={field}
        label="Position or name"
        description="Degrees or sexagesimal, ICRS, or a name with the position in it"
        placeholder={EXAMPLES[0]}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        spellCheck={false}
        autoComplete="off"
        enterKeyHint="search"
      />
      <Button type="submit">Look</Button>
    </form>
  );
}

function Examples({ onPick }: { onPick: (pos: string) => void }): ReactNode {
  return (
    <div className="look-examples">
      <p className="soft">For example</p>
      {EXAMPLES.map((each) => (
        <Button key={each} variant="default" size="sm" onClick={() => onPick(each)}>
          {each}
        </Button>
      ))}
      <p className="soft">
        or click on a place in <Link to="/sky">the sky</Link>.
      </p>
    </div>
  );
}
