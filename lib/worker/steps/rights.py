"""A title is published only where it may be shown."""

from datetime import UTC, datetime

from lib.compliance.rights import rights_missing
from lib.worker.errors import HeldError
from lib.worker.steps.work import Work
from lib.worker.store import CheckRow


def check_rights(work: Work) -> CheckRow:
    """Checks the rights as they are today.

    Raises:
        HeldError: `RIGHTS_MISSING`, with the territories that lack them.
    """
    content = work.claim.job.content
    missing = rights_missing(content, work.tools.settings.compliance.territories, datetime.now(UTC).date())
    check = CheckRow("rights", "error", "failed" if missing else "passed", {"missing": list(missing)})
    if missing:
        raise HeldError(
            "RIGHTS_MISSING",
            f"{content.id} may not be shown today in {', '.join(missing)}. "
            "Submit it again with rights for them, or with `territories` that leave them out.",
            checks=[check],
        )
    return check
