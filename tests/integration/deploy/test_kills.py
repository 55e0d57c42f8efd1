"""Two kills at random moments, in three minutes; tests/soak does fifty."""

import pytest

from tests.integration.deploy.conftest import Project
from tests.integration.deploy.ill_treated import small_environment
from tests.integration.deploy.kills import Torment


@pytest.mark.soak
def test_after_kills_everything_is_accounted_for_and_the_next_deploy_succeeds(project: Project, endpoint: str) -> None:
    environment = small_environment(project, "tkills", endpoint=endpoint, backend="s3")
    torment = Torment(environment, seed=6, seconds=40)
    deploying, destroying = torment.kill(), torment.kill()
    assert (deploying.command, destroying.command) == ("deploy", "destroy")
