"""The outsider of a stack asks for access, as their browser does."""

from urllib.parse import urljoin

import requests

from tests.support.browsing import PAGE, form
from tests.support.service import Service


def ask_for_access(service: Service) -> str:
    """Sign in at the provider, send the form of the page that refuses, and give the id."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.headers.update(PAGE)
        login = browser.get(f"{service.stack.url}/account", timeout=30)
        action, fields = form(login.text)
        fields |= {"username": "outsider", "password": service.stack.password("outsider")}
        refused = browser.post(urljoin(login.url, action), fields, timeout=30)
        assert refused.status_code == 403, refused.text
        action, fields = form(refused.text)
        fields |= {"INSTITUTE": "South Pole Station", "WHY": "winter-over"}
        own = {"Origin": service.stack.url}
        asked = browser.post(action, fields, headers=own, timeout=30)
        assert asked.status_code == 200, asked.text
    boss = service.other_user("operator-of-requests", "spt3g-admins")
    (request,) = boss.get(f"{service.stack.url}/ops/access").json()["requests"]
    return str(request["account"])
