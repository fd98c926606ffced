"""Settings of every process: records, and their reading from the environment."""

from sptjobs.settings.rates import Rate
from sptjobs.settings.reading import SettingsError, read_decoded_maps, read_settings
from sptjobs.settings.running_stack import variables_beside
from sptjobs.settings.settings import Limits, Network, Settings, SignInSettings

__all__ = [
    "Limits",
    "Network",
    "Rate",
    "Settings",
    "SettingsError",
    "SignInSettings",
    "read_decoded_maps",
    "read_settings",
    "variables_beside",
]
