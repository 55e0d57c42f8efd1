from moto.ecs.models import EC2ContainerServiceBackend, Task

from streamflix_cli.local.control_plane.mends.ecs_stop_task import lower_count


def test_stopping_a_task_of_a_service_lowers_its_running_count_once() -> None:
    backend = EC2ContainerServiceBackend("eu-west-1", "123456789012")
    cluster = backend.create_cluster("c")
    definition = backend.register_task_definition("worker", [{"name": "worker", "image": "i", "memory": 1}])
    service = backend.create_service("c", "worker", 2, "worker")
    service.running_count = 2
    task = Task(cluster, definition, None, {}, backend, group="service:worker", launch_type="FARGATE")
    other = Task(cluster, definition, None, {}, backend, group="family:worker", launch_type="FARGATE")
    backend.tasks["c"] = {one.task_arn: one for one in (task, other)}

    stop_task = lower_count(EC2ContainerServiceBackend.stop_task)
    for stopped in (task, task, other):
        stop_task(backend, "c", stopped.task_arn, "test")

    assert service.running_count == 1
    assert service.deployments[0]["runningCount"] == 1
