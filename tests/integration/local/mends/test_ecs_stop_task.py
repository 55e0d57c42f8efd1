from typing import Any

import pytest


def test_stopping_an_unknown_task_says_so(fargate: Any) -> None:
    with pytest.raises(fargate.ecs.exceptions.InvalidParameterException, match="not found"):
        fargate.ecs.stop_task(cluster=fargate.cluster, task="0" * 32)
