"""Rules that cross fields: what AWS, the law or this system refuses although every field is valid by itself.

One function a rule. Its parameters name the sections it reads, so that a rule is still checked when
another section of the profile is broken. The docstring's first line is the rule's documentation.
"""

from lib.profile_rules import database, environment, network, processing, service  # noqa: F401 - they register
from lib.profile_rules.registry import RULES, FieldPath, Rule, Severity, Violation, violations

__all__ = ["RULES", "FieldPath", "Rule", "Severity", "Violation", "violations"]
