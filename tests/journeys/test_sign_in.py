"""Signing in to a whole stack, by the identity provider that it starts."""

import json
import os
import signal

import pytest

from sptjobs.stack.probes import http_ready
from sptjobs.stack.signing_in import SignInError, Visitor, signed_in
from tests.support.processes import wait_until
from tests.support.service import Service, grid_of_targets

AS_JSON = {"Accept": "application/json"}


def sign_in(service: Service, user: str) -> Visitor:
    return signed_in(service.stack.url, user, service.stack.password(user))


def test_who_signs_in_sees_the_jobs_of_their_token(service: Service) -> None:
    visitor = sign_in(service, "demo")
    job = service.create({"positions": grid_of_targets(1), "size": 5}, run=False)
    page = visitor.open(job.removeprefix(service.stack.url), headers=AS_JSON)
    assert json.loads(page)["phase"] == "PENDING"
    service.session.delete(job, allow_redirects=False, timeout=30)


def test_an_outsider_and_a_wrong_password_lead_nowhere(service: Service) -> None:
    with pytest.raises(SignInError, match="403"):
        sign_in(service, "outsider")
    with pytest.raises(SignInError, match="was led to"):
        signed_in(service.stack.url, "demo", "wrong")


def test_users_sign_in_again_after_the_provider_was_killed(service: Service) -> None:
    visitor = sign_in(service, "admin")
    before = service.stack.processes["provider"]
    os.kill(before, signal.SIGKILL)
    assert json.loads(visitor.open("/api/v1/account", headers=AS_JSON))["admin"]
    port = int(service.stack.environment["SPT_OIDC_ISSUER"].rpartition(":")[2])
    discovery = "/.well-known/openid-configuration"
    wait_until("another one runs", lambda: service.stack.processes["provider"] != before, 20)
    wait_until("it answers", lambda: http_ready("127.0.0.1", port, discovery), 30)
    sign_in(service, "demo")


def test_the_log_of_a_stack_holds_neither_codes_nor_cookies_nor_tokens(service: Service) -> None:
    visitor = sign_in(service, "demo")
    token = visitor.new_token("canary")
    log = service.stack.log.read_text("utf-8", errors="replace")
    assert token not in log
    assert "gAAAA" not in log  # how everything begins that is sealed
    assert "code=" not in log
    assert "id_token_hint=" not in log
