import { Button, Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo, type ReactNode } from "react";
import { ErrorNotice } from "../shell/ErrorNotice";
import { countText } from "../shell/texts";
import { formatDec, formatDegrees, formatRa } from "../sky/coordinates";
import type { Checked } from "../targets/check";
import { placesOf, readBothWays, unclearCandidates, type Place, type UnitReading, type Unclear } from "./readings";

const PAUSE_MS = 600;
/** As many rows as tell how a table is meant. */
const MAX_ROWS = 1000;
const NONE: Unclear[] = [];

/** Asks the service how the rows that could not be read can be. */
export function useUnclear(checked: Checked): Unclear[] {
  const candidates = useMemo(() => unclearCandidates(checked.rows), [checked]);
  const [asked] = useDebouncedValue(candidates, PAUSE_MS);
  const key = asked.slice(0, MAX_ROWS).map(({ row, cells }) => `${row} ${cells.RA ?? ""} ${cells.DEC ?? ""}`);
  const { data } = useQuery({
    queryKey: ["readings", key],
    queryFn: ({ signal }) => readBothWays(asked.slice(0, MAX_ROWS), signal),
    enabled: asked.length > 0,
    staleTime: Infinity,
    retry: false,
  });
  return (asked === candidates && asked.length ? data : undefined) ?? NONE;
}

interface Props {
  unclear: Unclear;
  onPick: (places: ReadonlyMap<number, Place>) => void;
}

/** Both readings of unclear rows, one of which the user picks. */
export function UnclearNotice({ unclear, onPick }: Props): ReactNode {
  const pick = useMutation({ mutationFn: (name: UnitReading["name"]) => placesOf(unclear, name), onSuccess: onPick });
  return (
    <div className="hint hint-warn" role="group" aria-label="Positions that can be read in two ways">
      <p>
        {countText(unclear.rows.length, "row")}: right ascension {unclear.message}. Both readings are on the sky; pick one:
      </p>
      <Group gap="xs">
        {unclear.readings.map(({ name, places }) => (
          <Button key={name} size="xs" variant="default" h="auto" py={4} loading={pick.isPending && pick.variables === name} disabled={pick.isPending} onClick={() => pick.mutate(name)}>
            <span className="reading">
              {name === "hours" ? "△" : "□"} Read as {name}
              {places[0] ? <span className="soft">{placeText(places[0])}</span> : null}
            </span>
          </Button>
        ))}
      </Group>
      {pick.error ? <ErrorNotice error={pick.error} title="The rows could not be read" /> : null}
    </div>
  );
}

function placeText({ row, ra, dec }: Place): string {
  return `row ${row}: ${formatDegrees(ra)}° ${formatDegrees(dec)}°, ${formatRa(ra, 0)} ${formatDec(dec, 0)}`;
}
