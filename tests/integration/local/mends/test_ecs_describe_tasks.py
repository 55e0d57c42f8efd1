from typing import Any


def test_an_unknown_task_is_reported_as_missing(fargate: Any) -> None:
    known = fargate.run_task()
    answer = fargate.ecs.describe_tasks(cluster=fargate.cluster, tasks=[known, "0" * 32])
    assert [task["taskArn"] for task in answer["tasks"]] == [known]
    assert answer["failures"] == [{"arn": "0" * 32, "reason": "MISSING"}]
