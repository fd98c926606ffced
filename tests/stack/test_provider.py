"""The identity provider that a stack on one machine starts for itself."""

import json
from pathlib import Path

from sptjobs.settings import read_settings
from sptjobs.stack.stack_plan import make_plan


def test_a_stack_on_one_machine_has_a_provider_with_three_users(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"})
    settings = read_settings(plan.environment).sign_in
    (process,) = plan.identity_provider()
    assert plan.provider is not None
    assert settings.issuer == plan.provider.issuer
    assert settings.insecure_http
    assert len({settings.session_key, settings.client_secret}) == 2
    users = json.loads((plan.provider.folder / "users.yaml").read_text("utf-8"))["users"]
    assert {name: user["groups"] for name, user in users.items()} == {
        "demo": ["spt3g-users"],
        "admin": ["spt3g-users", "spt3g-admins"],
        "outsider": ["visitors"],
    }
    (client,) = json.loads((plan.provider.folder / "settings.yaml").read_text("utf-8"))["oauth"][
        "clients"
    ]
    assert client["redirect_uris"] == [f"{plan.url}/account/callback"]
    assert plan.provider.host == "127.0.0.1"
    secrets = [*plan.provider.passwords.values(), settings.client_secret]
    assert not set(secrets) & set(process.command)
    for file in plan.provider.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0, file


def test_its_name_and_passwords_stay_so_that_its_users_stay_the_same(tmp_path: Path) -> None:
    first, second = (
        make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"}).provider for _ in range(2)
    )
    assert first == second


def test_an_operator_s_provider_is_used_and_none_is_started(tmp_path: Path) -> None:
    theirs = {"SPT_PORT": "0", "SPT_OIDC_ISSUER": "http://localhost:8180/realms/spt3g"}
    plan = make_plan(tmp_path / "var", tmp_path, theirs)
    assert plan.identity_provider() == ()
    assert read_settings(plan.environment).sign_in.issuer == theirs["SPT_OIDC_ISSUER"]


def test_a_stack_that_others_can_reach_has_no_provider_with_made_up_users(tmp_path: Path) -> None:
    for theirs in ({"SPT_HOST": "0.0.0.0"}, {"SPT_PUBLIC_URL": "https://spt3g.example"}):
        plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"} | theirs)
        assert plan.identity_provider() == ()
        assert not read_settings(plan.environment).sign_in.issuer
