/** A switch for each catalogue that the service offers, and what it is. */
import { Switch } from "@mantine/core";
import type { ReactNode } from "react";
import { ErrorNotice } from "../shell/ErrorNotice";
import { countText } from "../shell/texts";
import { markStyle } from "./marks";
import { MOST_OBJECTS, type Packaged } from "./packaged";

interface Props {
  packaged: Packaged;
  onShow: (names: string[]) => void;
}

export function PackagedPanel({ packaged: { all, names, error }, onShow }: Props): ReactNode {
  if (!all.length) return error ? <ErrorNotice error={error} title="The catalogues could not be read" /> : null;
  return (
    <div className="survey-packaged small">
      {all.map(({ name, title, objects }, at) => (
        <Switch
          key={name}
          size="sm"
          checked={names.includes(name)}
          label={
            <>
              <Sign mark={at} /> {title} <span className="soft">({countText(objects, "object")})</span>
            </>
          }
          onChange={({ currentTarget: { checked } }) => onShow(all.map((each) => each.name).filter((each) => (each === name ? checked : names.includes(each))))}
        />
      ))}
      <details>
        <summary>About the catalogues</summary>
        <dl>
          {all.map(({ name, title, description, credit, size, objects, refused }) => (
            <div key={name}>
              <dt>{title}</dt>
              <dd>
                {[description, size ? `The larger its ${size}, the larger is the mark of an object.` : "", credit].filter(Boolean).join(" ")}
                {objects > MOST_OBJECTS ? ` The first ${countText(MOST_OBJECTS, "object")} are shown.` : ""}
                {refused ? ` ${countText(refused, "row")} of the table could not be read.` : ""}
              </dd>
            </div>
          ))}
        </dl>
      </details>
      {error ? <ErrorNotice error={error} title="A catalogue could not be read" /> : null}
    </div>
  );
}

/** The mark of a catalogue's objects, as the map has it. */
function Sign({ mark }: { mark: number }): ReactNode {
  const { colour, corners } = markStyle(mark);
  return (
    <svg className="survey-sign" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">
      <path d={corners.length ? `M${corners.map(([x, y]) => `${5 * x},${5 * y}`).join("L")}Z` : "M5,0A5,5 0 1 1 -5,0A5,5 0 1 1 5,0Z"} fill="#3b4653" stroke={colour} strokeWidth="2" />
    </svg>
  );
}
