"""What moto lacks or gets wrong and the stack needs: one module each, gone once upstream has it.

Every module says in its docstring what is missing and has `apply()`, which changes moto in this process.
A test for each shows that it works, and fails once moto does without it.
"""

import importlib
import pkgutil


def names() -> tuple[str, ...]:
    """The names of all mends."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def apply_all() -> None:
    """Applies every mend to the moto of this process; once, before its server starts."""
    for name in names():
        importlib.import_module(f"{__name__}.{name}").apply()
