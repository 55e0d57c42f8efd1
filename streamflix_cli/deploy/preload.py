"""CDKTF, loaded while the rest of a command is: starting node and reading the assemblies takes 2 s, mostly waiting."""

from contextlib import suppress
from importlib import import_module
from threading import Thread


def preload_stack() -> None:
    """Begins to import the stack; whoever imports it meanwhile waits for the same import, and gets its errors."""
    Thread(target=_load, name="preload-stack", daemon=True).start()


def _load() -> None:
    with suppress(Exception):
        import_module("lib.tap_stack")
