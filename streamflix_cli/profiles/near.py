"""`did you mean`."""

from collections.abc import Iterable


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """A suggestion that names the candidate nearest to `word`, if one is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only needed where something is wrong

    by_lower = {candidate.lower(): candidate for candidate in candidates}
    near = get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return f"Did you mean `{by_lower[near[0]]}`?" if near else None
