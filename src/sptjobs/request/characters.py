"""Characters that no parameter may hold."""

from sptjobs.uws.errors import ParameterError
from sptjobs.uws.xml_text import illegal_character


def check_characters(name: str, value: str) -> None:
    """Refuse characters that an XML document cannot carry.

    Raises
    ------
    ParameterError
        Names the parameter and the first such character.
    """
    found = illegal_character(value)
    if found is not None:
        message = f"holds the character U+{ord(found):04X}, which XML cannot carry"
        raise ParameterError(message, field=name[:64], value=value)
