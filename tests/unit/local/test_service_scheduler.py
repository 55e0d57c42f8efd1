from dataclasses import replace

from hypothesis import given, strategies as st

from streamflix_cli.local.control_plane.service_scheduler import ServiceTask, next_changes

tasks_of_a_service = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=12).map(
    lambda states: [
        ServiceTask(arn=f"task-{number}", current=current, running=running, protected=protected)
        for number, (current, running, protected) in enumerate(states)
    ]
)
counts = st.integers(0, 8)


@given(tasks_of_a_service, counts)
def test_a_protected_task_is_never_stopped(tasks: list[ServiceTask], desired: int) -> None:
    stop = next_changes(tasks, desired=desired).stop
    assert not [task for task in tasks if task.arn in stop and task.protected]


@given(tasks_of_a_service, counts)
def test_a_deployment_never_stops_a_running_task_that_is_needed(tasks: list[ServiceTask], desired: int) -> None:
    stop = next_changes(tasks, desired=desired).stop
    if any(task.running and task.arn in stop for task in tasks if not task.current):
        assert sum(task.running for task in tasks if task.arn not in stop) >= desired


@given(tasks_of_a_service, counts, st.integers(100, 300))
def test_a_deployment_starts_no_more_tasks_than_allowed(
    tasks: list[ServiceTask], desired: int, maximum_percent: int
) -> None:
    start = next_changes(tasks, desired=desired, maximum_percent=maximum_percent).start
    if start and any(not task.current for task in tasks):
        assert len(tasks) + start <= desired * maximum_percent // 100


@given(tasks_of_a_service, counts)
def test_a_service_comes_to_rest_with_its_desired_count_and_what_is_protected(
    tasks: list[ServiceTask], desired: int
) -> None:
    protected = sum(task.protected for task in tasks)
    for turn in range(30):
        changes = next_changes(tasks, desired=desired, maximum_percent=1000)
        started = [
            ServiceTask(arn=f"new-{turn}-{number}", current=True, running=False, protected=False)
            for number in range(changes.start)
        ]
        kept = [replace(task, running=True) for task in tasks if task.arn not in changes.stop]
        tasks = [*kept, *started]
    unprotected = [task for task in tasks if not task.protected]
    assert next_changes(tasks, desired=desired, maximum_percent=1000) == (0, ())
    assert len(unprotected) <= desired <= len(tasks) or desired == 0
    assert len(tasks) <= desired + protected
    assert all(task.current for task in unprotected)
