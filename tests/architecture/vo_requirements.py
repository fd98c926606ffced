"""Requirements of the standards beside UWS, and of clients as they are, with the tests of each.

VOSI 1.1, authentication (SSO 2, RFC 6750), DALI 1.1, SODA 1.0, SIA 2.0 with ObsCore 1.1,
DataLink 1.1, coverage (MOC 2.0, HiPS 1.0).
"""

OF_OTHER_STANDARDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "VOSI-01": (
        "capabilities beside the list, anonymous, by HEAD too",
        ("test_vosi_01_capabilities_are_anonymous_by_get_and_head",),
    ),
    "VOSI-02": (
        "as the schema has them",
        (
            "test_vosi_02_capabilities_have_the_names_that_the_schema_gives_them",
            "test_capabilities_are_valid",
        ),
    ),
    "VOSI-03": (
        "availability, 200 also when down",
        (
            "test_vosi_03_an_available_service_says_since_when",
            "test_a_service_that_cannot_work_says_so_with_200_and_why",
            "test_availability_is_valid_while_all_is_well_and_while_it_is_not",
        ),
    ),
    "AUTH-01": (
        "a refusal has challenges, and the capabilities too",
        (
            "test_auth_01_who_asks_without_credentials_is_stated_how_to_send_them",
            "test_a_program_is_offered_both_schemes_and_a_person_is_shown_what_to_type",
        ),
    ),
    "AUTH-02": (
        "who is authenticated learns it from a header",
        (
            "test_auth_02_a_program_can_try_its_credentials_on_the_capabilities",
            "test_a_good_token_tells_who_one_is",
        ),
    ),
    "AUTH-03": (
        "a token that does not hold is 401, a scope that lacks 403",
        ("test_a_token_with_one_fault_is_refused", "test_a_token_is_good_for_its_scopes_only"),
    ),
    "AUTH-04": (
        "ownerId is who is authenticated; lists show own jobs",
        ("test_to_another_user_a_job_does_not_exist_and_an_operator_may_only_read",),
    ),
    "AUTH-05": (
        "another's job is 404, as one that is not there",
        ("test_to_another_user_each_object_answers_as_one_that_never_was",),
    ),
    "DALI-01": (
        "RESPONSEFORMAT and MAXREC mean something or are refused",
        (
            "test_dali_01_a_parameter_that_means_nothing_at_an_address_is_refused_there",
            "test_maxrec_limits_the_list_of_jobs",
            "test_a_format_that_stamps_are_made_in_is_taken_and_no_other",
        ),
    ),
    "DALI-02": (
        "errors are text/plain that begin with their label",
        (
            "test_every_error_comes_in_the_form_that_was_asked_for",
            "test_every_error_has_a_label_that_soda_knows",
        ),
    ),
    "DALI-03": (
        "a parameter that may be given once is refused when repeated",
        ("test_a_parameter_that_may_be_given_once_is_refused_when_repeated",),
    ),
    "DALI-04": (
        "UPLOAD names a part; foreign addresses are refused",
        ("test_a_table_may_be_named_by_upload",),
    ),
    "DALI-05": (
        "the error of a job that failed is 200, and 404 before",
        ("test_the_error_of_a_failed_job_is_shown_and_others_have_none",),
    ),
    "SODA-01": (
        "sync sends the data by GET and POST, of one map by ID, else of all bands",
        (
            "test_soda_01_sync_gives_the_newest_coadd_of_each_band_as_one_file",
            "test_soda_01_with_an_id_one_map_answers_by_its_identifier_or_its_bare_id",
        ),
    ),
    "SODA-02": (
        "204 and nothing, where nothing was observed",
        (
            "test_soda_02_where_nothing_was_observed_the_response_is_empty",
            "test_an_empty_response_costs_no_job",
        ),
    ),
    "SODA-03": (
        "regions are read as DALI means them; what is wrong is named",
        (
            "test_a_region_is_read_as_its_standard_means_it",
            "test_what_is_no_region_is_refused_by_name_and_value",
            "test_a_polygon_is_its_smaller_side_whichever_way_it_is_drawn",
            "test_soda_03_and_06_errors_are_plain_text_with_their_label_and_status",
        ),
    ),
    "SODA-04": (
        "BAND in metres with open ends, TIME in MJD",
        (
            "test_soda_04_band_selects_by_wavelength_with_open_ends",
            "test_a_wrong_region_or_time_says_what_is_taken",
        ),
    ),
    "SODA-05": (
        "POL several times is one filter; sync takes everything else once",
        (
            "test_soda_05_polarization_takes_several_values_as_one_filter",
            "test_soda_03_and_06_errors_are_plain_text_with_their_label_and_status",
        ),
    ),
    "SODA-06": (
        "errors are text/plain that begin with SODA's own words",
        (
            "test_soda_03_and_06_errors_are_plain_text_with_their_label_and_status",
            "test_every_error_has_a_label_that_soda_knows",
        ),
    ),
    "SODA-07": (
        "Content-Type is what RESPONSEFORMAT asks for",
        (
            "test_soda_07_a_document_of_the_job_has_the_format_that_is_asked_for",
            "test_soda_07_a_picture_is_sent_where_it_is_asked_for",
            "test_soda_07_a_picture_without_an_id_is_of_the_first_band_that_is_chosen",
        ),
    ),
    "SODA-08": (
        "a job has a result for each combination, which says why it is none",
        (
            "test_soda_08_async_lists_a_stamp_for_each_combination",
            "test_soda_08_several_bands_and_regions_are_a_product",
            "test_soda_08_a_job_in_sodas_terms_alone_lists_its_stamps",
        ),
    ),
    "SIA-01": (
        "every parameter selects, by GET and POST",
        (
            "test_sia_a_parameter_selects_what_the_standard_says",
            "test_sia_takes_post_with_values_in_body_and_address",
        ),
    ),
    "SIA-02": (
        "the response is ObsCore's table",
        (
            "test_sia_the_response_is_an_obscore_table_with_all_thirty_columns",
            "test_obscore_values_are_those_of_the_map",
            "test_obscore_several_polygons_are_a_union",
            "test_obscore_an_observation_has_its_own_times_and_a_coadd_those_of_its_years",
        ),
    ),
    "SIA-03": (
        "MAXREC, OVERFLOW and errors are stated in the table",
        (
            "test_dali_maxrec_limits_rows_and_the_overflow_is_stated_behind_them",
            "test_sia_a_wrong_value_is_refused_by_a_votable_that_names_it",
        ),
    ),
    "SIA-04": (
        "each response describes the services of its rows",
        ("test_sia_each_response_says_how_to_get_links_and_cutouts_of_its_rows",),
    ),
    "DATALINK-01": (
        "the columns of 1.1, and one of address, service and fault in a row",
        (
            "test_datalink_the_table_has_the_columns_of_version_1_1_and_says_so",
            "test_datalink_a_row_has_one_of_address_service_and_fault",
        ),
    ),
    "DATALINK-02": (
        "no ID is an empty table, too many are OVERFLOW, an unknown one is a fault",
        (
            "test_datalink_without_an_id_the_table_is_empty",
            "test_dali_maxrec_and_too_many_ids_are_stated_by_overflow",
            "test_datalink_what_is_no_map_of_ours_is_a_fault_by_name",
        ),
    ),
    "DATALINK-03": (
        "cutouts are described with what a map has",
        ("test_datalink_a_cutout_is_described_with_the_bounds_of_its_map",),
    ),
    "COVERAGE-01": (
        "a MOC holds every observed pixel and little else, in each form",
        (
            "test_a_moc_holds_every_observed_pixel_and_is_larger_by_less_than_a_percent",
            "test_the_coverage_is_the_union_of_the_mocs_of_the_maps_in_each_form",
        ),
    ),
    "COVERAGE-02": (
        "a survey has what HiPS wants, the map's values, and viewers draw it",
        (
            "test_the_properties_have_what_the_standard_wants",
            "test_the_values_are_those_of_reproject_interp",
            "test_aladin_lite_draws_the_survey_and_asks_nobody_else",
        ),
    ),
    "CLIENT-01": (
        "pyvo runs jobs, and cuts what it found by a top-level descriptor",
        (
            "test_pyvo_gets_the_cutout_that_curl_gets",
            "test_soda_01_pyvo_cuts_what_it_found_by_sia",
            "test_pyvo_asks_sync_by_its_own_query",
            "test_pyvo_reads_observations_and_follows_them_to_their_links",
        ),
    ),
    "CLIENT-02": (
        "cadcutils finds services by capabilities that declare the prefix xsi",
        (
            "test_vosi_01_capabilities_are_anonymous_by_get_and_head",
            "test_cadcutils_finds_sync_by_the_capabilities_and_cuts",
        ),
    ),
    "CLIENT-03": (
        "vos gets 303 of RUN in small letters, and waits",
        ("test_vos_runs_a_job_and_waits_for_its_end",),
    ),
    "CLIENT-04": (
        "astroquery describes jobs of CASDA in steps; its addresses need no escapes",
        (
            "test_a_job_as_astroquery_makes_it_of_casda_runs_to_its_end",
            "test_astroquery_s_client_of_casda_makes_describes_and_runs_a_job_and_finds_its_files",
            "test_a_request_as_astroquery_makes_it_of_alma_is_answered",
        ),
    ),
    "CLIENT-05": (
        "Java's clients get no pages, and sign in by Basic",
        (
            "test_no_request_of_java_is_redirected_to_a_page_or_gets_one",
            "test_topcat_reads_list_job_results_and_files_with_a_token_for_the_password",
            "test_stilts_reads_manifest_and_light_curve_with_a_token_for_the_password",
        ),
    ),
    "CLIENT-06": (
        "a browser is never asked for a password",
        (
            "test_a_browser_sees_no_challenge_that_would_open_its_password_box",
            "test_a_browser_that_is_not_signed_in_sees_no_password_box",
        ),
    ),
    "CLIENT-07": (
        "vo-models, which is strict, reads every document",
        ("test_vo_models_reads_jobs_in_every_phase_the_list_and_what_vosi_asks_for",),
    ),
    "CLIENT-08": (
        "ids are of hexadecimal digits, of which no client strips any",
        ("test_a_job_is_made_by_a_form_and_found_at_an_absolute_address",),
    ),
    "CLIENT-09": (
        "a plain read is quick however many wait",
        (
            "test_thousands_who_wait_take_little_memory_slow_no_reading_and_are_woken_at_once",
            "test_what_waiting_asks_of_the_database_does_not_grow_with_who_waits",
        ),
    ),
}
"""Each with what it asks for, and the tests that promise it."""  # fmt: skip
