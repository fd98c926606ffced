import { Button, Checkbox, Chip, Group, Pagination, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { countUnchanged, pollInterval, useJobEvents } from "../api/events";
import { canAbort, isRunning, PHASE_WORDS } from "../api/phases";
import type { JobEntry, JobList, Phase } from "../api/types";
import { EmptyState } from "../shell/EmptyState";
import { ErrorNotice } from "../shell/ErrorNotice";
import { Icon } from "../shell/icons";
import { Loading } from "../shell/Loading";
import { countText } from "../shell/texts";
import { usePageTitle } from "../shell/usePageTitle";
import { AbortDialog } from "./AbortDialog";
import { useJobAction } from "./actions";
import { DeleteDialog } from "./dialogs";
import { JobRows } from "./JobRows";
import { listQuery, PAGE_SIZE, readListing, writeListing, type Listing } from "./listing";

const FILTERS: Phase[] = ["PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "ARCHIVED"];

export default function JobsPage(): ReactNode {
  usePageTitle("Jobs");
  const [search, setSearch] = useSearchParams();
  const listing = readListing(search);
  const live = useJobEvents(null, true);
  const [unchanged] = useState(countUnchanged);
  const list = useQuery({
    ...listQuery(listing),
    refetchInterval: (query) => pollInterval(listing.isShared ? "polling" : live, query.state.data?.jobs.some((job) => isRunning(job.phase)) ?? false, unchanged(query.state.data, query.state.dataUpdateCount)),
  });
  const pages = Math.max(1, Math.ceil((list.data?.total ?? 0) / PAGE_SIZE));
  const isBeyond = list.data !== undefined && !list.isPlaceholderData && listing.page > pages;
  useEffect(() => {
    if (isBeyond) setSearch(writeListing({ ...readListing(search), page: pages }), { replace: true });
  }, [isBeyond, pages, search, setSearch]);
  const show = (change: Partial<Listing>): void => setSearch(writeListing({ ...listing, page: 1, ...change }));
  return (
    <>
      <div className="page-head">
        <h1>Jobs</h1>
        <p className="soft small" role="status">
          {listing.isShared ? "Others' jobs, which you may read." : live === "live" ? "Updated as things happen." : live === "polling" ? "Live updates do not come through; asking every few seconds instead." : ""}
        </p>
        <Button component={Link} to="/" size="xs" ml="auto" leftSection={<Icon name="plus" />}>
          New job
        </Button>
      </div>
      <Filters listing={listing} show={show} />
      {list.error ? <ErrorNotice error={list.error} title="The jobs cannot be shown" retry={() => void list.refetch()} /> : null}
      {list.isPending ? <Loading what="Reading your jobs" /> : null}
      {list.data && !isBeyond ? <Table list={list.data} listing={listing} show={show} /> : null}
    </>
  );
}

interface ViewProps {
  listing: Listing;
  show: (change: Partial<Listing>) => void;
}

function Filters({ listing, show }: ViewProps): ReactNode {
  const [text, setText] = useState(listing.text);
  const search = useDebouncedCallback((next: string) => show({ text: next.trim() }), 350);
  const isFiltered = listing.text !== "" || listing.phases.length > 0;
  return (
    <div className="filters">
      <SegmentedControl
        size="xs"
        aria-label="Whose jobs"
        value={listing.isShared ? "shared" : "own"}
        onChange={(value) => show({ isShared: value === "shared" })}
        data={[
          { value: "own", label: "My jobs" },
          { value: "shared", label: "Shared with me" },
        ]}
      />
      <TextInput
        label="Find"
        aria-label="Find by name or number"
        placeholder="name or number"
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          search(event.currentTarget.value);
        }}
        w={220}
      />
      <fieldset className="set">
        <legend>State</legend>
        <Chip.Group multiple value={listing.phases} onChange={(phases) => show({ phases: FILTERS.filter((phase) => phases.includes(phase)) })}>
          <Group gap={6}>
            {FILTERS.map((phase) => (
              <Chip key={phase} value={phase} size="xs">
                {PHASE_WORDS[phase]}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
      </fieldset>
      {isFiltered ? (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => {
            setText("");
            show({ text: "", phases: [] });
          }}
        >
          Show all
        </Button>
      ) : null}
    </div>
  );
}

function Table({ list, listing, show }: ViewProps & { list: JobList }): ReactNode {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const total = list.total ?? list.jobs.length;
  const selected = list.jobs.filter((job) => chosen.has(job.id));
  const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
  if (!total) return <Nothing isFiltered={listing.text !== "" || listing.phases.length > 0} isShared={listing.isShared} show={show} />;
  const choose = (id: string, on: boolean): void =>
    setChosen((now) => {
      const next = new Set(now);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  return (
    <>
      <div className="bulk">
        {listing.isShared ? null : (
          <>
            <Checkbox
              label={`All ${list.jobs.length} on this page`}
              size="xs"
              checked={selected.length === list.jobs.length}
              indeterminate={selected.length > 0 && selected.length < list.jobs.length}
              onChange={(event) => setChosen(new Set(event.currentTarget.checked ? list.jobs.map((job) => job.id) : []))}
            />
            <Bulk selected={selected} done={() => setChosen(new Set())} />
          </>
        )}
        <span className="soft small number" role="status">
          {countText(total, "job")}
        </span>
      </div>
      <JobRows jobs={list.jobs} listing={listing} show={show} chosen={chosen} choose={choose} />
      {pages > 1 ? (
        <Pagination
          mt="md"
          total={pages}
          value={Math.min(listing.page, pages)}
          onChange={(page) => show({ page })}
          getControlProps={(control) => ({ "aria-label": `${control} page` })}
          getItemProps={(page) => ({ "aria-label": `page ${page}` })}
        />
      ) : null}
    </>
  );
}

function Bulk({ selected, done }: { selected: readonly JobEntry[]; done: () => void }): ReactNode {
  const [asking, setAsking] = useState<"abort" | "delete" | null>(null);
  const action = useJobAction();
  const ids = selected.map((job) => job.id);
  const abortable = selected.filter((job) => canAbort(job.phase)).map((job) => job.id);
  if (!ids.length) return null;
  return (
    <Group gap="xs">
      {abortable.length ? (
        <Button size="xs" variant="default" onClick={() => setAsking("abort")}>
          Abort {abortable.length}
        </Button>
      ) : null}
      <Button size="xs" variant="default" color="red" onClick={() => setAsking("delete")} leftSection={<Icon name="trash" />}>
        Delete {ids.length}
      </Button>
      {asking === "abort" ? <AbortDialog ids={abortable} onClose={() => setAsking(null)} /> : null}
      {asking === "delete" ? (
        <DeleteDialog count={ids.length} onClose={() => setAsking(null)} onDelete={() => action.mutate({ kind: "delete", ids }, { onSuccess: done })} />
      ) : null}
    </Group>
  );
}

function Nothing({ isFiltered, isShared, show }: { isFiltered: boolean; isShared: boolean; show: ViewProps["show"] }): ReactNode {
  if (isFiltered) {
    const all = (
      <Button size="xs" variant="default" onClick={() => show({ text: "", phases: [] })}>
        Show all jobs
      </Button>
    );
    return <EmptyState action={all}>Jobs that pass the filters would be here; none does.</EmptyState>;
  }
  const lead = (to: string, text: string): ReactNode => (
    <Button component={Link} to={to} size="xs" variant="default">
      {text}
    </Button>
  );
  if (isShared) {
    return <EmptyState action={lead("/jobs", "Go to your own jobs")}>Jobs that others share with you by name or by a group would be here. Nobody shares a job with you so; those that are shared by a link open from it.</EmptyState>;
  }
  return <EmptyState action={lead("/", "Make the first one")}>Your jobs would be here, with their progress and their stamps.</EmptyState>;
}
