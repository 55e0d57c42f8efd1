"""While AWS throttles, fails and hangs up, a deploy succeeds or says why not, and the next one goes on."""

import pytest

from tests.integration.deploy.conftest import Clients, Project, existing
from tests.integration.deploy.faults import FAULTS, failing

CLEAN = {"AWS_UNREACHABLE", "DEPLOY_FAILED", "NO_CREDENTIALS", "PLAN_FAILED"}


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1])
def test_a_deploy_through_faults_succeeds_or_fails_cleanly_and_the_next_succeeds(
    project: Project, aws: Clients, endpoint: str, seed: int
) -> None:
    suffix = f"tfault{seed}"
    with failing(endpoint, share=0.15, seed=seed) as faults:
        project.environment["AWS_ENDPOINT_URL"] = faults.url
        first = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
        assert set(faults.done) == set(FAULTS), "each of them came to pass"
        assert first.code in (0, 1), first.err
        assert first.code == 0 or first.error["code"] in CLEAN, first.out
        assert "Traceback" not in first.err

        faults.share = 0.0
        deployed = project.streamflix("deploy", "--env", suffix, "--yes", "--json")
        assert (deployed.code, deployed.data["resources"]) == (0, 4), deployed.out
        assert existing(aws, suffix) == project.known(suffix)
        destroyed = project.streamflix("destroy", "--env", suffix, "--yes", "--json")
        assert (destroyed.code, destroyed.data["leftovers"]) == (0, []), destroyed.out
