"""The project folder of the end-to-end tests serves here as well."""

from tests.e2e.conftest import project

__all__ = ["project"]
