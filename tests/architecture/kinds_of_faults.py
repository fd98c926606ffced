"""Faults that use of the service has shown, as kinds, with the tests that keep each away.

A: what a member's small request could do to everybody. B: responses that were wrong or untrue.
C: engine and operations. A name with blanks is of a test of the web app.
"""

KINDS: dict[str, tuple[str, ...]] = {
    "A1 a value is read in more time than its length takes": (
        "test_a_value_is_read_in_time_that_grows_with_its_length",
        "test_a_coordinate_of_a_kilobyte_of_blanks_is_refused_at_once_with_its_field_and_value",
    ),
    "A2 a table states sizes that it has not": (
        "test_a_table_is_read_in_time_that_grows_with_its_length",
        "test_ten_megabytes_of_junk_are_refused_whatever_they_say_they_are",
        "test_more_columns_than_a_table_may_have_are_counted_in_the_message",
    ),
    "A3 rows or headers that are alike take quadratic time": (
        "test_rows_at_one_position_get_the_same_names_as_ever_and_none_twice",
        "test_a_multipart_header_is_read_in_time_that_grows_with_the_body",
        "test_latex_is_read_in_time_that_grows_with_its_length",
        "test_a_page_is_read_in_time_that_grows_with_its_length",
    ),
    "A4 one member's requests hold the threads of all": (
        "test_ready_and_live_need_none_of_the_threads_that_requests_use",
        "test_the_loop_and_other_users_go_on_while_one_users_requests_are_read",
        "test_reading_is_limited_for_each_user",
        "test_anothers_page_and_live_come_within_a_second_while_a_member_sends_the_worst",
        "test_a_search_of_many_or_large_places_keeps_nobody_else_waiting",
    ),
    "A5 a body is read without a limit, a time or a rule": (
        "test_slow_bodies_without_a_token_are_ended_and_keep_nobody_waiting",
        "test_what_one_user_s_slow_bodies_hold_is_limited_and_others_send_as_always",
        "test_a_flood_of_logouts_is_429_and_others_sign_in",
        "test_a_broken_body_is_400_at_every_address_that_reads_one",
    ),
    "A6 a file of the archive hangs or fills what reads it": (
        "test_a_hostile_file_is_refused_and_its_neighbour_catalogued",
        "test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read",
        "test_a_plain_map_of_the_real_width_is_scanned_in_300_mb",
        "test_an_unpacked_map_of_every_child_fits_into_tmp",
        "test_cataloguing_is_ended_after_a_time",
        "test_a_broken_file_is_catalogued_or_refused_by_name_in_time_and_memory",
        "test_a_broken_file_is_refused_by_name_or_its_stamps_have_honest_statuses",
    ),
    "B1 a request that is wrong is 500, or says another fault": (
        "test_a_value_that_begins_with_a_bracket_is_refused_on_a_job_made_of_json_lists",
        "test_a_part_in_a_charset_that_gives_no_text_is_refused_by_its_name",
        "test_a_name_in_an_unknown_charset_is_refused",
        "test_a_body_that_is_nested_too_deep_is_refused",
        "test_a_name_too_long_for_a_file_leads_to_the_sign_in_too",
        "test_a_browser_that_names_itself_in_no_utf_8_signs_in",
        "test_a_nul_in_any_text_is_4xx_on_every_database",
        "test_no_header_of_any_bytes_gives_5xx",
        "test_no_body_gives_5xx_and_a_check_and_a_job_agree",
        "test_no_query_gives_5xx_or_a_response_that_is_not_described",
        "test_no_operation_of_the_description_breaks_any_check",
    ),
    "B2 a damaged map takes good maps with it, or is served as good": (
        "test_a_damaged_tile_fails_the_windows_that_need_it_and_no_others",
        "test_pixels_that_rotted_are_never_served",
        "test_maps_that_break_under_way_fail_their_own_pairs_and_no_wrong_pixel_is_ok",
        "test_gathered_files_are_made_of_the_maps_that_could_be_read_and_of_no_wrong_pixel",
    ),
    "B3 what lasts outlives what permits it": (
        "test_what_lasts_ends_within_five_seconds_of_what_ends_its_token",
        "test_what_lasts_ends_within_five_seconds_of_the_end_of_its_session",
        "test_what_lasts_ends_within_five_seconds_of_the_end_of_its_share",
        "test_a_download_ends_within_five_seconds_of_the_revocation_of_its_token",
        "test_a_cutout_at_once_ends_with_its_token_whichever_way_it_was_asked_for",
    ),
    "B4 all clients behind a proxy are one": (
        "test_clients_behind_the_chart_s_own_ingress_are_distinguished",
        "test_clients_behind_a_trusted_proxy_are_distinguished",
        "test_without_an_ingress_of_its_own_no_proxy_need_be_named",
    ),
    "B5 an estimate promises what does not come": (
        "test_an_estimate_is_right_within_a_few_times",
        "test_previews_have_their_price",
        "test_slots_beyond_the_cores_promise_no_speed",
        "test_a_forecast_learns_from_what_parts_took",
    ),
    "B6 the page of a running job stays behind the job": (
        "reads rows and results as events tell of progress, without a reload",
        "says that previews come while only rows beside the maps are there",
        "says why: asked for %j",
    ),
    "B7 moving over the sky costs seconds": (
        "takes as little work at every zoom and place as at the first",
        "draws little and quickly at every zoom",
    ),
    "B8 the page reads a table otherwise than the service": (
        "is read by the service: %s",
        "is read or refused as by the service: $text",
        "test_a_votable_in_fk4_is_shown_where_astropy_puts_it",
        "test_every_table_that_is_text_means_the_same_in_a_field",
    ),
    "B9 an outage is not shown": (
        "shows as soon as the events break, and nothing is said of the time left meanwhile",
        "test_a_service_that_does_not_respond_shows_within_seconds",
        "test_an_outage_of_the_whole_service_is_stated_and_passes_without_a_reload",
    ),
    "B9 one window overwrites another's draft": (
        "is that of its own window, whatever another one keeps or submits",
        "test_two_windows_keep_a_draft_each_whatever_the_other_one_writes_or_submits",
    ),
    "B9 one click cannot be taken back": (
        "is not ended by one click: %s",
        "is confirmed first: %s",
    ),
    "B9 what cannot be done yet is offered": (
        "waits for the check of what is written: %s, behind: %s",
        "sees whose job it is, and is offered nothing that only its owner may do",
        "sees whose it is and who else may read it, and is offered no change",
        "goes to its last page when the address asks for a later one: %s",
        "go on through targets and maps before the target's own rows are read",
    ),
    "B9 the focus is lost": (
        "gets the focus, as after a submission and after a deletion: from %s",
        "gets it when the job that was shown is deleted",
    ),
    "B9 an axis has dates at which nothing was seen": (
        "have dates only where there are observations: %s",
        "have round numbers at their axes",
    ),
    "B10 a check passes what cutting has no memory for": (
        "test_a_stamp_that_no_cutting_process_has_memory_for_is_refused",
        "test_a_stamp_takes_the_memory_that_requests_are_refused_by",
    ),
    "B10 a stack on one machine needs what is not there": (
        "test_a_stack_behind_a_proxy_that_is_not_up_runs_and_its_folder_is_enough_for_a_token",
        "test_a_command_beside_a_running_stack_needs_its_state_folder_only",
        "test_its_sign_in_page_needs_nothing_from_the_internet",
        "test_the_sign_in_page_is_whole_without_the_internet",
    ),
    "B10 what was asked for is dropped silently": (
        "test_8_a_goal_that_is_ours_is_kept",
        "test_a_key_that_is_given_twice_is_refused_by_its_name",
        "test_what_is_given_twice_in_json_is_refused_at_every_address_that_reads_it",
        "test_json_is_refused_where_nothing_reads_it",
    ),
    "B10 a tool is not locked": (
        "test_every_package_that_is_asked_for_is_locked",
        "test_the_locked_versions_are_exact_and_name_no_address",
    ),
    "B11 a tar does not say what it is": (
        "test_the_tar_bears_the_jobs_name_and_time",
        "test_the_tar_of_a_job_without_a_name_is_called_by_its_day",
        "test_two_downloads_are_the_same_and_a_new_name_makes_another_tar",
    ),
    "C1 a background task ends and nobody sees it": (
        "test_everything_that_is_repeated_goes_on_after_an_outage",
        "test_no_exception_ends_a_repetition",
        "test_nothing_else_loops_for_ever_in_a_task_of_its_own",
        "test_a_background_task_that_ends_ends_its_worker",
        "test_the_heartbeat_stops_when_something_does_not_run_any_more",
        "test_every_accepted_job_ends_once_and_right_whatever_strikes",
    ),
    "C2 results are removed that belong to another database": (
        "test_an_empty_database_removes_nothing",
        "test_the_database_of_another_service_removes_nothing",
        "test_more_than_a_share_of_the_packs_is_never_removed_at_once",
        "test_results_outlive_another_database_until_their_own_is_back",
        "test_what_was_there_at_the_backup_is_there_after_the_restore",
        "test_a_backup_is_made_and_restored_as_the_chapter_says",
    ),
    "C3 a full disk ends a stack": (
        "test_a_full_disk_loses_nothing_and_the_stack_starts_on_it",
        "test_there_is_room_to_start_on_a_disk_that_is_full",
        "test_a_file_that_cannot_be_written_is_said_and_leaves_nothing",
    ),
    "C4 a statement reads a whole table": (
        "test_no_statement_of_the_engine_reads_a_whole_table",
        "test_a_beat_of_many_parts_looks_each_of_them_up",
        "test_many_jobs_cost_as_many_statements_as_one_of_each_phase",
    ),
    "C5 a migration freezes the service": (
        "test_a_migration_of_tables_behind_an_open_transaction_holds_nobody_up",
        "test_an_index_is_made_beside_an_open_transaction_and_holds_nobody_up",
        "test_a_migration_that_would_freeze_the_service_is_found",
        "test_a_migration_keeps_to_the_rules_for_a_database_in_use",
    ),
    "C6 many who wait hold up everybody": (
        "test_each_of_many_waiters_is_woken_soon_and_holds_up_nobody",
        "test_all_who_wait_are_woken_when_everything_changes_at_once_and_an_abort_goes_first",
        "test_changes_cost_one_query_however_many_wait_and_for_however_many_jobs",
        "test_thousands_who_wait_take_little_memory_slow_no_reading_and_are_woken_at_once",
    ),
    "C7 a long list holds up everybody": (
        "test_lists_of_twenty_thousand_jobs_let_others_have_their_turn",
        "test_other_long_lists_let_others_have_their_turn",
        "test_a_search_for_all_of_a_hundred_thousand_maps_is_whole_and_takes_little_memory",
    ),
    "C8 a release cannot be changed": (
        "test_no_value_changes_a_job_under_its_name",
        "test_settings_alone_make_no_new_maps",
        "test_an_upgrade_with_a_migration_and_a_rollback",
        "test_from_an_empty_cluster_to_a_running_service_and_through_an_upgrade",
    ),
    "C8 a pod has no way to what it needs, or does not wait for it": (
        "test_the_web_apps_development_server_reaches_a_registry_of_packages",
        "test_what_must_pass_passes_and_all_else_is_blocked",
        "test_each_pod_of_the_programs_waits_for_its_database",
        "test_a_process_waits_for_the_schema_and_gives_up_saying_what_is_missing",
    ),
    "C9 one lost pack makes a whole job unreadable": (
        "test_a_file_that_is_lost_is_gone_and_the_others_are_served",
        "test_the_tar_holds_what_is_left_and_names_what_is_missing",
        "test_light_curves_name_the_parts_that_they_miss",
    ),
    "C9 a broker that hangs takes other parts with it": (
        "test_a_broker_that_hangs_takes_only_its_own_metrics_and_little_time",
        "test_a_broker_that_hangs_is_a_few_lines_in_the_log_of_a_worker",
        "test_a_broker_that_hangs_holds_nobody_up",
        "test_neither_commands_nor_slots_wait_for_a_wake_up",
    ),
    "C9 a download has no limit": (
        "test_one_user_has_so_many_downloads_at_once_and_others_have_theirs",
        "test_a_client_that_takes_nothing_is_cut_off",
        "test_many_downloads_take_little_memory_each",
    ),
    "C9 a client that is gone fills the log": (
        "test_a_client_that_vanishes_leaves_one_line_and_no_traceback",
        "test_a_connection_that_breaks_while_it_is_written_to_leaves_no_traceback",
    ),
    "C9 a log of the database only grows": (
        "test_a_burst_of_writing_leaves_no_long_log_of_sqlite",
        "test_writers_leave_copying_the_log_of_sqlite_to_the_checkpoint",
    ),
    "C9 what dies while a stack starts stays away": (
        "test_what_dies_while_something_else_starts_is_started_again",
        "test_what_dies_is_started_again",
    ),
    "C10 what developers type does not work": (
        "test_yarn_install_and_yarn_start_serve_the_page_at_port_3000_and_say_so",
        "serve port 3000 or nothing, and say so",
        "test_main_starts_the_server_and_says_where_it_listens",
        "test_what_is_not_set_is_named",
        "test_the_development_container_leaves_a_prompt_after_ctrl_c",
        "test_a_page_without_a_session_leads_to_the_sign_in_and_back",
    ),
}
"""Each kind with two tests at least."""
