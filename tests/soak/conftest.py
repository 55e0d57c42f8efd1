"""The project folders of the end-to-end and of the deploy tests serve here as well."""

from tests.e2e.conftest import project
from tests.integration.deploy.conftest import endpoint

__all__ = ["endpoint", "project"]
