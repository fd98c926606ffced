"""Settings of every process: records, and their reading from the environment."""

from sptjobs.settings.reading import SettingsError, read_settings
from sptjobs.settings.records import Limits, Settings

__all__ = ["Limits", "Settings", "SettingsError", "read_settings"]
