"""Settings of commands that use some parts of the service only."""

import os

from sptjobs.settings import Settings, read_settings, variables_beside

_PLACEHOLDERS = {"SPT_BROKER_URL": "redis://", "SPT_ARCHIVE": ".", "SPT_RESULTS": "."}


def settings_without(*unneeded: str) -> Settings:
    """Read the settings; of the unneeded variables, those that are not set need not be.

    Raises
    ------
    SettingsError
        Names every variable that is missing or wrong.
    """
    variables = variables_beside(os.environ)
    unset = {
        name: _PLACEHOLDERS[name]
        for name in unneeded
        if name not in variables and f"{name}_FILE" not in variables
    }
    return read_settings(variables | unset)
