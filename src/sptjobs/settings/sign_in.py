"""Settings of the sign-in and of the sessions that it begins."""

from sptjobs.settings.settings import SignInSettings
from sptjobs.settings.variables import Variables


def read_sign_in(variables: Variables) -> SignInSettings:
    """Read how users sign in; whether it all fits together, the API server checks."""
    return SignInSettings(
        issuer=variables.text("SPT_OIDC_ISSUER", ""),
        client_id=variables.text("SPT_OIDC_CLIENT_ID", ""),
        client_secret=variables.text("SPT_OIDC_CLIENT_SECRET", ""),
        scopes=tuple(variables.text("SPT_OIDC_SCOPES", "openid profile").split()),
        groups_claim=variables.text("SPT_OIDC_GROUPS_CLAIM", "groups"),
        groups_client_id=variables.text("SPT_OIDC_GROUPS_CLIENT_ID", ""),
        groups_client_secret=variables.text("SPT_OIDC_GROUPS_CLIENT_SECRET", ""),
        access_group=variables.text("SPT_OIDC_ACCESS_GROUP", ""),
        session_key=variables.text("SPT_SESSION_KEY", ""),
        insecure_http=variables.switch("SPT_INSECURE_HTTP"),
        idle_s=variables.number("SPT_SESSION_IDLE_S", 7_200, minimum=1),
        lifetime_s=variables.number("SPT_SESSION_LIFETIME_S", 36_000, minimum=1),
        groups_refresh_s=variables.number("SPT_GROUPS_REFRESH_S", 900, minimum=0),
    )
