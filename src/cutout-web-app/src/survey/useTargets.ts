/** Takes a table of targets to the form of a new job. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { vocabulary as vocabularyQuery } from "../api/queries";

export function useTargets(): (table: string) => Promise<void> {
  const { data: vocabulary } = useQuery(vocabularyQuery);
  const navigate = useNavigate();
  return async (table) => {
    if (!vocabulary) return;
    // The page that comes next anyway; a part of it on its own would make the first load larger.
    const { loadDraft, replaceDraft, withTable } = await import("../newjob/NewJobPage");
    replaceDraft({ ...loadDraft(vocabulary), ...withTable(table) }, vocabulary);
    void navigate("/");
  };
}
