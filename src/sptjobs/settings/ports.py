"""Ports that the settings name, and that another program may have."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from sptjobs.settings.reading import SettingsError


@contextmanager
def listening(variable: str, host: str, port: int) -> Iterator[None]:
    """Begin to listen in the block, and say which setting to change when the port is taken.

    Raises
    ------
    SettingsError
        Names the variable, the port and the host.
    """
    try:
        yield
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise SettingsError(
            f"{variable}: port {port} of {host} is taken by another program"
        ) from error
