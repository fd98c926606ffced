"""Settings of commands that use some parts of the service only."""

import os

from sptjobs.settings import Settings, read_settings

_PLACEHOLDERS = {"SPT_BROKER_URL": "redis://", "SPT_ARCHIVE": ".", "SPT_RESULTS": "."}


def settings_without(*unneeded: str) -> Settings:
    """Read the settings; of the unneeded variables, those that are not set need not be.

    Raises
    ------
    SettingsError
        Names every variable that is missing or wrong.
    """
    unset = {
        name: _PLACEHOLDERS[name]
        for name in unneeded
        if name not in os.environ and f"{name}_FILE" not in os.environ
    }
    return read_settings(os.environ | unset)
