"""Which security item is tested against which identity provider, and where.

The items are those of the issue on signing in, sessions and tokens; the providers:
none is asked ("none"), the small one that errs on demand ("faulty"), the one of the
demo ("nanoidp"), the one of production ("keycloak"). A name that ends in ``_`` stands
for all tests that begin with it.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROVIDERS = {"none", "faulty", "nanoidp", "keycloak"}
ITEMS: dict[int, dict[str, tuple[str, ...]]] = {
    1: {"faulty": ("test_1_",)},
    2: {"faulty": ("test_2_",)},
    3: {
        "faulty": ("test_3_",),
        "keycloak": ("test_a_wrong_secret_or_another_address_back_lets_nobody_in",),
    },
    4: {"faulty": ("test_4_",)},
    5: {"faulty": ("test_5_",)},
    6: {
        "faulty": ("test_6_",),
        "nanoidp": ("test_keys_that_rotate_at_the_provider_let_users_in",),
        "keycloak": ("test_keys_may_rotate_while_the_service_runs",),
    },
    7: {
        "faulty": (
            "test_7_",
            "test_only_a_list_of_texts_is_groups_and_each_is_taken_letter_by_letter",
        ),
        "nanoidp": ("test_an_administrator_is_one_and_an_outsider_is_stated_what_to_do",),
        "keycloak": (
            "test_groups_count_as_paths_or_as_names_as_they_are_configured",
            "test_an_outsider_sees_what_to_do_and_can_sign_out",
        ),
    },
    8: {
        "faulty": ("test_8_",),
        "none": ("test_a_goal_stays_on_this_site_and_below_its_base_path",),
        "nanoidp": ("test_a_member_signs_in_and_comes_back_to_the_page_asked_for",),
    },
    9: {"faulty": ("test_9_",)},
    10: {
        "faulty": ("test_10_",),
        "nanoidp": ("test_the_first_sign_ins_of_one_person_at_once_make_one_account",),
    },
    11: {"faulty": ("test_11_",)},
    12: {"faulty": ("test_12_", "test_no_cookie_lets_anybody_in_by_chance_or_breaks_the_service")},
    13: {
        "faulty": ("test_13_",),
        "nanoidp": (
            "test_signing_out_ends_the_provider_s_session_too",
            "test_groups_are_asked_for_again_with_the_provider_s_own_refresh",
        ),
        "keycloak": (
            "test_a_member_signs_in_and_signs_out_here_and_there",
            "test_a_user_who_is_disabled_is_out_and_so_is_one_who_left_the_group",
        ),
    },
    14: {
        "faulty": ("test_14_",),
        "keycloak": ("test_who_is_signed_out_at_keycloak_is_signed_out_here",),
    },
    15: {
        "faulty": (
            "test_15_",
            "test_opening_the_address_makes_a_token_but_not_for_another_site",
            "test_a_form_makes_a_token_with_its_guard_in_a_field_or_in_the_header",
        )
    },
    16: {
        "none": (
            "test_every_error_comes_in_the_form_that_was_asked_for",
            "test_everything_private_needs_a_token",
            "test_browsers_are_bound_to_tls_only_where_the_public_address_has_it",
        ),
        "faulty": ("test_a_token_is_made_as_wished_and_opens_what_it_allows",),
    },
    17: {
        "none": (
            "test_without_a_token_there_is_a_bare_challenge",
            "test_another_scheme_gets_the_challenge_of_one_who_sent_nothing",
            "test_two_headers_are_refused_even_when_each_is_good",
            "test_a_header_of_ten_kilobytes_is_refused",
            "test_no_authorization_header_breaks_the_service",
            "test_no_authorization_header_verifies_by_chance",
            "test_no_header_gets_in_or_breaks_anything",
        )
    },
    18: {
        "none": (
            "test_a_token_with_one_fault_is_refused",
            "test_an_unsigned_token_is_refused",
            "test_a_token_that_a_provider_signed_is_refused",
            "test_a_token_can_be_written_in_one_way_only",
        )
    },
    19: {
        "faulty": (
            "test_a_refreshed_token_is_of_the_same_chain_and_holds_longer",
            "test_refreshing_never_widens_scopes_and_may_narrow_them",
            "test_a_dead_token_is_not_refreshed",
            "test_refreshing_without_a_group_is_403_and_ends_the_chain",
            "test_twenty_at_once_get_twenty_good_tokens_of_one_chain",
            "test_a_chain_that_is_revoked_while_it_is_refreshed_leaves_no_good_token",
        ),
        "none": ("test_a_chain_has_a_hard_end",),
    },
    20: {
        "none": (
            "test_a_revocation_or_a_lost_group_is_felt_by_another_process_within_five_seconds",
            "test_who_left_the_group_is_out",
        ),
        "faulty": (
            "test_a_session_lists_and_revokes_each_of_its_users_tokens",
            "test_revoking_all_leaves_nothing_and_new_tokens_work",
            "test_the_epoch_alone_ends_a_token",
        ),
    },
    21: {
        "none": (
            "test_an_old_key_still_verifies_until_it_is_removed",
            "test_keys_rotate_and_short_ones_are_refused",
        )
    },
    22: {
        "none": (
            "test_to_another_user_each_object_answers_as_one_that_never_was",
            "test_to_another_user_a_job_does_not_exist_and_an_operator_may_only_read",
            "test_files_are_the_owners_and_the_operators",
        ),
        "faulty": ("test_another_users_token_is_404_with_the_body_of_none",),
    },
    23: {
        "none": (
            "test_a_flood_of_bad_tokens_is_429_and_a_good_one_still_passes",
            "test_a_forged_address_does_not_evade_the_limit",
            "test_clients_behind_a_trusted_proxy_are_distinguished",
            "test_refreshing_is_limited_for_each_chain",
        ),
        "faulty": ("test_floods_of_sign_ins_and_of_new_tokens_are_429",),
    },
    24: {"faulty": ("test_a_search_for_every_secret_of_a_journey_finds_none",)},
    25: {
        "none": (
            "test_an_independent_tool_finds_no_way_around_the_authorisation",
            "test_without_a_token_or_with_a_forged_one_nothing_private_opens",
            "test_a_deleted_job_is_gone_at_every_address",
            "test_a_revoked_token_opens_no_address",
            "test_a_method_that_no_address_has_is_405_and_names_those_it_has",
        )
    },
}


@pytest.fixture(scope="module")
def tests() -> set[str]:
    """The names of all tests."""
    names = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                names.add(node.name)
    return names


def test_each_test_of_a_security_item_exists(tests: set[str]) -> None:
    assert set(ITEMS) == set(range(1, 26))
    for item, providers in ITEMS.items():
        assert set(providers) <= PROVIDERS
        for name in (name for names in providers.values() for name in names):
            found = name in tests or (
                name.endswith("_") and any(each.startswith(name) for each in tests)
            )
            assert found, (item, name)


def test_the_threat_model_names_only_tests_that_exist(tests: set[str]) -> None:
    text = (ROOT / "docs/threat-model.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    assert len(named) > 20
    assert named <= tests
