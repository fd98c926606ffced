/** The epochs of a stamp side by side, in order of time. */
import { useEffect, useRef, type ReactNode } from "react";
import type { Outcome } from "../api/types";
import type { Look } from "../preview/colours";
import { StampView } from "../preview/StampView";

const SIDE = 84;

interface Props {
  job: string;
  epochs: readonly Outcome[];
  row: Outcome;
  sigma: number;
  look: Look;
  show: (row: Outcome) => void;
}

export function FilmStrip({ job, epochs, row, sigma, look, show }: Props): ReactNode {
  const current = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    current.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [row]);
  return (
    <div className="film-strip" role="group" aria-label="Epochs">
      {epochs.map((epoch) => {
        const isShown = epoch.map_id === row.map_id;
        return (
          <button key={epoch.map_id} type="button" className="stamp-button" ref={isShown ? current : null} aria-current={isShown || undefined} onClick={() => show(epoch)}>
            <StampView job={job} row={epoch} sigma={sigma} look={look} size={SIDE} />
            <span className="small soft number">{epoch.date_beg?.slice(0, 10) ?? epoch.obsid}</span>
          </button>
        );
      })}
    </div>
  );
}
