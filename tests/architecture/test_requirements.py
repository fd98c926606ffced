"""Which requirement of the Virtual Observatory's standards is tested, and where.

UWS 1.1 here: S resources, J the job's document, L the list, C creating, P phases, W waiting,
M changing, D deleting. The other standards, and what clients need, stand in ``vo_requirements``.
"""

import re

import pytest

from tests.architecture.test_security_items import tests
from tests.architecture.vo_requirements import OF_OTHER_STANDARDS

__all__ = ["tests"]

OF_UWS: dict[str, tuple[str, tuple[str, ...]]] = {
    "S01 to S07": (
        "containers are XML, atoms text/plain, of the list, the job and each of its children",
        (
            "test_an_atom_is_plain_text_without_a_line_end",
            "test_lists_of_parameters_and_results_stand_alone_too",
            "test_every_document_of_a_job_is_valid_in_every_phase",
        ),
    ),
    "S08": ("an unknown job is 404", ("test_an_unknown_job_is_404_whatever_its_id_looks_like",)),
    "S09": (
        "what the phase does not allow is 403",
        ("test_a_second_run_is_refused_and_a_second_abort_is_harmless",),
    ),
    "S10": (
        "a wrong method is 405, another body 415, one too large 413, an address too long 414",
        (
            "test_a_wrong_method_is_405_and_says_what_is_allowed",
            "test_an_unknown_content_type_is_415_and_says_what_is_read",
            "test_a_body_beyond_the_limit_is_413_announced_or_not",
            "test_an_address_that_is_too_long_is_414_and_says_to_post",
        ),
    ),
    "J01": (
        "the namespace is of 1.0, the version 1.1",
        ("test_the_xml_document_has_the_order_and_the_namespaces_of_the_schema",),
    ),
    "J02": (
        "children stand in the schema's order",
        (
            "test_the_xml_document_has_the_order_and_the_namespaces_of_the_schema",
            "test_every_document_of_a_job_is_valid_in_every_phase",
        ),
    ),
    "J03": ("times end in Z", ("test_duration_and_destruction_equal_those_of_the_document",)),
    "J04": (
        "parameters and results are there",
        ("test_empty_containers_and_xlink_are_declared_for_clients_that_need_them",),
    ),
    "J05": ("unknown values are nil", ("test_every_document_of_a_job_is_valid_in_every_phase",)),
    "J06": (
        "a quote by measured rates",
        ("test_a_job_that_is_at_work_has_a_quote_by_measured_rates",),
    ),
    "J07": (
        "XML unless another form is named",
        (
            "test_xml_is_given_unless_json_is_named",
            "test_java_gets_documents_and_errors_in_the_form_of_other_programs",
        ),
    ),
    "J08": (
        "what jobInfo holds has a schema",
        ("test_the_schema_of_job_info_describes_what_jobs_have",),
    ),
    "J09": (
        "what XML has signs for is escaped, and what it cannot carry refused",
        (
            "test_every_document_of_a_job_is_valid_in_every_phase",
            "test_what_a_document_cannot_show_is_refused_also_where_it_means_nothing",
        ),
    ),
    "L01": ("an empty list is a list", ("test_every_list_is_valid_an_empty_one_too",)),
    "L02": (
        "references have their children in order",
        ("test_every_list_is_valid_an_empty_one_too", "test_pyvo_reads_the_job_and_the_list"),
    ),
    "L03": (
        "PHASE filters, several are a union",
        ("test_the_list_is_filtered_by_phase_after_and_last",),
    ),
    "L04": ("AFTER in each spelling", ("test_the_list_is_filtered_by_phase_after_and_last",)),
    "L05": (
        "LAST gives the newest",
        (
            "test_the_list_is_filtered_by_phase_after_and_last",
            "test_last_gives_so_many_and_no_link",
        ),
    ),
    "L06": (
        "the newest are first, and bad values 400",
        ("test_the_list_is_sorted_over_everything", "test_wrong_paging_is_refused_by_name"),
    ),
    "L07": (
        "ARCHIVED jobs only when they are asked for",
        ("test_an_archived_job_keeps_its_record_and_is_listed_only_when_asked_for",),
    ),
    "L08": (
        "the list is limited, after a deletion too",
        (
            "test_a_long_list_leads_on_from_page_to_page",
            "test_deleting_a_job_leads_to_a_list_that_is_short",
        ),
    ),
    "C01": (
        "303 to an absolute address below the list's",
        ("test_a_job_is_made_by_a_form_and_found_at_an_absolute_address",),
    ),
    "C02": ("behind a base path too", ("test_the_base_path_is_part_of_every_address",)),
    "C03": (
        "in two steps, as astroquery.casda does",
        (
            "test_c03_a_job_is_made_empty_described_and_run_as_astroquery_casda_does",
            "test_running_a_job_without_targets_says_what_is_missing_and_changes_nothing",
        ),
    ),
    "C04": ("forms and multipart", ("test_a_table_may_be_a_file_part",)),
    "C05": ("in chunks, with STILTS's boundary", ("test_a_quoted_odd_boundary_in_chunks_is_read",)),
    "C06": (
        "in the query string without a body",
        ("test_a_job_may_come_in_the_query_string_without_a_body",),
    ),
    "C07": (
        "names in any case",
        ("test_c03_a_job_is_made_empty_described_and_run_as_astroquery_casda_does",),
    ),
    "C08": (
        "PHASE=RUN at once, and controls",
        (
            "test_phase_run_in_the_creating_request_queues_the_job",
            "test_controls_may_be_given_when_a_job_is_made_in_a_form_and_in_json",
        ),
    ),
    "C09": (
        "RUNID becomes runId",
        (
            "test_a_job_is_renamed_by_its_owner_alone",
            "test_a_run_id_may_be_posted_to_the_parameters_too",
        ),
    ),
    "C10": (
        "wrong values are 400 at once",
        (
            "test_a_wrong_value_is_refused_with_field_row_and_value",
            "test_a_wrong_value_is_refused_at_once_however_incomplete_the_job_is",
        ),
    ),
    "C11": (
        "unknown parameters are kept, ignored and reported; STRICT refuses them",
        (
            "test_c11_what_is_not_known_is_kept_ignored_and_reported",
            "test_strict_refuses_what_is_not_known_by_its_name",
        ),
    ),
    "C12": (
        "a job that waits for its RUN takes no worker, and a user has so many at most",
        ("test_too_many_pending_jobs_are_403_and_deleting_helps",),
    ),
    "P01": ("RUN and ABORT are 303", ("test_run_and_abort_answer_303_and_change_the_phase_first",)),
    "P02": (
        "RUN in a final phase is 403",
        ("test_a_second_run_is_refused_and_a_second_abort_is_harmless",),
    ),
    "P03": (
        "RUN leaves PENDING before the redirect",
        ("test_run_and_abort_answer_303_and_change_the_phase_first",),
    ),
    "P04": (
        "legal changes only",
        ("test_no_sequence_of_commands_leaves_the_table_of_transitions",),
    ),
    "P05": (
        "a second ABORT is harmless",
        ("test_a_second_run_is_refused_and_a_second_abort_is_harmless",),
    ),
    "P06": (
        "a second RUN executes nothing",
        ("test_a_second_run_is_refused_and_a_second_abort_is_harmless",),
    ),
    "P07": (
        "results have unique ids and absolute addresses",
        ("test_lists_of_parameters_and_results_stand_alone_too",),
    ),
    "P08": (
        "a job can be aborted and can fail before it is completed",
        ("test_a_job_can_be_aborted_and_can_fail_any_time_before_it_is_completed",),
    ),
    "P09": ("an abort keeps what there is", ("test_final_phases_lead_to_archived_only",)),
    "P10": (
        "overrun is ABORTED",
        ("test_a_job_over_its_execution_duration_is_aborted_and_says_so",),
    ),
    "P11": (
        "a failed job says why, with 200",
        ("test_the_error_of_a_failed_job_is_shown_and_others_have_none",),
    ),
    "W01": ("WAIT returns on a change", ("test_wait_returns_when_the_phase_changes",)),
    "W02": ("PHASE guards it", ("test_wait_does_not_block_where_it_must_not",)),
    "W03": (
        "it blocks in active phases only",
        (
            "test_wait_does_not_block_where_it_must_not",
            "test_work_is_done_and_clients_wait_only_before_a_final_phase",
        ),
    ),
    "W04": (
        "it ends at its limit and at the cap, -1 too",
        (
            "test_wait_ends_at_its_limit_and_at_the_cap",
            "test_the_cap_of_a_wait_is_below_the_time_limits_of_proxies_and_clients",
        ),
    ),
    "W05": ("0 is at once, wrong values 400", ("test_wait_does_not_block_where_it_must_not",)),
    "W06": ("names in any case", ("test_wait_does_not_block_where_it_must_not",)),
    "W07": (
        "a deletion ends it, and who hangs up frees it",
        ("test_a_deletion_ends_a_wait_with_404", "test_a_client_that_hangs_up_frees_its_waiter"),
    ),
    "M01": (
        "destruction is changed, and clamped",
        ("test_duration_and_destruction_are_changed_and_clamped",),
    ),
    "M02": (
        "so is the execution duration",
        ("test_duration_and_destruction_are_changed_and_clamped",),
    ),
    "M03": ("what is missing is 4xx", ("test_what_cannot_be_changed_is_refused",)),
    "M04": (
        "parameters change while PENDING",
        ("test_parameters_change_while_the_job_is_pending_only",),
    ),
    "M05": ("and then no longer", ("test_parameters_change_while_the_job_is_pending_only",)),
    "M06": (
        "PHASE may be posted to the job, parameters not",
        ("test_phase_and_deletion_may_be_posted_to_the_job_itself",),
    ),
    "D01 to D04": (
        "DELETE and ACTION=DELETE are 303 to the list, then 404",
        (
            "test_phase_and_deletion_may_be_posted_to_the_job_itself",
            "test_deleting_a_job_leads_to_a_list_that_is_short",
            "test_a_deleted_job_is_gone_at_every_address",
        ),
    ),
}
"""Each with what it asks for, and the tests that promise it."""  # fmt: skip


REQUIREMENTS = OF_UWS | OF_OTHER_STANDARDS

HIGHEST = {
    "S": 10, "J": 9, "L": 8, "C": 12, "P": 11, "W": 7, "M": 6, "D": 4,
    "VOSI": 3, "AUTH": 5, "DALI": 5, "SODA": 8, "SIA": 4, "DATALINK": 3, "COVERAGE": 2, "CLIENT": 9,
}  # fmt: skip
"""Of each group, the number of its last requirement."""


def numbers_of(key: str) -> set[tuple[str, int]]:
    """The requirements of a key, which may be a range."""
    found = re.fullmatch(r"([A-Z]+)-?([0-9]{2})(?: to [A-Z]+-?([0-9]{2}))?", key)
    assert found is not None, key
    first, last = int(found[2]), int(found[3] or found[2])
    return {(found[1], number) for number in range(first, last + 1)}


def test_no_number_of_a_requirement_is_left_out() -> None:
    named = [each for key in REQUIREMENTS for each in numbers_of(key)]
    every = {(group, n) for group, last in HIGHEST.items() for n in range(1, last + 1)}
    assert len(named) == len(set(named)), "one stands twice"
    assert set(named) == every


@pytest.mark.parametrize("number", REQUIREMENTS)
def test_each_requirement_of_the_standards_has_tests_that_exist(
    number: str, tests: set[str]
) -> None:
    asked, named = REQUIREMENTS[number]
    assert asked
    assert named
    assert set(named) <= tests, set(named) - tests
