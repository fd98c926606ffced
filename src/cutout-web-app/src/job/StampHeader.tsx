/** The header of a stamp's file, to be searched. */
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { call } from "../api/client";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Loading } from "../shell/Loading";

interface HeaderDocument {
  hdus: { name?: string; cards: ([string, unknown, string?] | { keyword: string; value: unknown; comment?: string })[] }[];
}

/** The cards of a stamp's header, provenance among them. */
export function StampHeader({ job, file }: { job: string; file: string }): ReactNode {
  const [text, setText] = useState("");
  const { data, error, isPending } = useQuery({
    queryKey: ["header", job, file],
    queryFn: ({ signal }) => call<HeaderDocument>(`/files/jobs/${job}/out/${file.split("/").map(encodeURIComponent).join("/")}?header`, { signal }),
    staleTime: Infinity,
  });
  if (isPending) return <Loading what="Reading the header" />;
  if (error) return <ErrorNotice error={error} title="The header cannot be shown" />;
  const sought = text.trim().toUpperCase();
  return (
    <>
      <input className="find-card" type="search" placeholder="Find in the header" aria-label="Find in the header" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <div className="cards" tabIndex={0} role="region" aria-label="FITS header">
        {data.hdus.map((hdu, index) => (
          <Cards key={`${hdu.name ?? ""} ${index}`} hdu={hdu} sought={sought} />
        ))}
      </div>
    </>
  );
}

type Card = HeaderDocument["hdus"][number]["cards"][number];

/** The cards of one HDU that hold the sought text; nothing where none does. */
function Cards({ hdu, sought }: { hdu: HeaderDocument["hdus"][number]; sought: string }): ReactNode {
  const cards = hdu.cards.map(cardWords).filter((card) => !sought || card.some((each) => each.toUpperCase().includes(sought)));
  if (!cards.length) return null;
  return (
    <table className="grid-table small">
      <caption>{hdu.name?.trim() ? hdu.name : "PRIMARY"}</caption>
      <tbody>
        {cards.map(([keyword, value, comment], at) => (
          <tr key={`${keyword} ${at}`}>
            <th scope="row">
              <code>{keyword}</code>
            </th>
            <td>
              <code className="break">{value}</code>
            </td>
            <td className="soft">{comment}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Keyword, value and comment. */
function cardWords(card: Card): [string, string, string] {
  return Array.isArray(card) ? [card[0], valueWords(card[1]), card[2] ?? ""] : [card.keyword, valueWords(card.value), card.comment ?? ""];
}

function valueWords(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : typeof value === "boolean" ? (value ? "T" : "F") : JSON.stringify(value);
}
