import { NativeSelect } from "@mantine/core";
import { useState, type ReactNode } from "react";
import type { Checked } from "../targets/check";
import { FIELD_LABELS, FIELDS, type Mapping } from "../targets/columns";

interface Props {
  checked: Checked;
  /** Columns that the service read under another name. */
  byService: readonly [string, string][];
  /** What the service took the file for, in a sentence. */
  readAs: string;
  onChange: (mapping: Mapping) => void;
}

/** How the table's columns are read, and a way to read them otherwise. */
export function ColumnsNotice({ checked, byService, readAs, onChange }: Props): ReactNode {
  const { names, mapping, unused, problems } = checked;
  const renamed = [...byService, ...checked.renamed];
  const missing = problems.some((each) => each.field === "RA" || each.field === "DEC");
  const [open, setOpen] = useState(false);
  if (!names || !(readAs || renamed.length || unused.length || missing)) return null;
  return (
    <div className={missing ? "hint hint-warn" : "hint"} role="status">
      {readAs ? <p>{readAs}</p> : null}
      {renamed.length ? <p>Read as: {renamed.map(([name, field]) => `${name} → ${field}`).join(", ")}.</p> : null}
      {unused.length ? (
        <p>
          Not used: {unused.slice(0, 12).map((each) => each.name).join(", ")}
          {unused.length > 12 ? ` and ${unused.length - 12} more` : ""}.
          {unused.filter((each) => each.advice).map((each) => (
            <strong key={each.name}>
              {" "}
              {each.name}: {each.advice}.
            </strong>
          ))}
        </p>
      ) : null}
      <details open={missing || open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Columns</summary>
        <div className="columns">
          {FIELDS.map((field) => (
            <NativeSelect
              key={field}
              size="xs"
              label={FIELD_LABELS[field]}
              value={String(mapping[field] ?? "")}
              onChange={(event) => onChange({ ...mapping, [field]: event.currentTarget.value === "" ? null : Number(event.currentTarget.value) })}
              data={[{ value: "", label: "none" }, ...names.map((name, at) => ({ value: String(at), label: name || `column ${at + 1}` }))]}
            />
          ))}
        </div>
      </details>
    </div>
  );
}
