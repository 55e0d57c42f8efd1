"""Rights: where a title may be shown."""

from collections.abc import Iterable
from datetime import date

from lib.contracts.content import ContentRecord


def rights_missing(content: ContentRecord, territories: Iterable[str], today: date) -> tuple[str, ...]:
    """Territories in which the title is to be published and may not be shown today.

    Args:
        content: The title. Without `rights` it is the company's own, with rights everywhere.
        territories: Of the environment; they hold where the title names none.
        today: First and last day of a right are part of it.

    Returns:
        ISO 3166-1 alpha-2 codes in order, none twice.
    """
    if content.rights is None:
        return ()
    covered = {
        territory
        for right in content.rights
        if (right.start is None or right.start <= today) and (right.end is None or today <= right.end)
        for territory in right.territories
    }
    wanted = territories if content.territories is None else content.territories
    return tuple(sorted(set(wanted) - covered))
