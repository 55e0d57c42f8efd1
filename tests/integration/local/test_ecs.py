"""Tasks of the local cloud for real: a control plane, an agent, and tiny Python programs as containers."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from streamflix_cli.local import ecs

REGION = "us-east-1"
STARTED = "print('started', flush=True)\n"
SLEEP = STARTED + "import time\nwhile True: time.sleep(0.1)"


def eventually(look: Callable[[], Any], seconds: float = 20) -> Any:
    """What `look` returns once that is true."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return found


class Agent:
    """The agent of a project folder, killed and started again."""

    def __init__(self, root: Path, endpoint: str) -> None:
        self.root = root
        self.endpoint = endpoint
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "streamflix_cli.local.ecs", str(self.root), "--endpoint", self.endpoint]
        self.process = subprocess.Popen([*command, "--token", uuid.uuid4().hex], stdin=subprocess.PIPE)
        return self.process

    def wait_until_ready(self) -> None:
        port = self.root / ".streamflix" / "cloud" / "ecs" / "port"

        def answers() -> bool:
            try:
                socket.create_connection(("127.0.0.1", int(port.read_text()))).close()
            except (OSError, ValueError):
                return False
            return True

        eventually(answers)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def terminate(self) -> int:
        self.process.terminate()
        # The supervisor's patience.
        return self.process.wait(5)


class Cloud:
    """A cluster of its own in the control plane."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.root = agent.root
        self.ecs, self.logs, self.secrets, self.ec2 = map(self.client, ("ecs", "logs", "secretsmanager", "ec2"))
        self.name = f"c{uuid.uuid4().hex[:8]}"
        self.group = f"/ecs/{self.name}"
        self.ecs.create_cluster(clusterName=self.name)
        self.logs.create_log_group(logGroupName=self.group)
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.network = {"awsvpcConfiguration": {"subnets": [self.subnet]}}

    def client(self, service: str) -> Any:
        make: Any = boto3.client
        credentials = {"aws_access_key_id": "local", "aws_secret_access_key": "local"}
        return make(service, endpoint_url=self.agent.endpoint, region_name=REGION, **credentials)

    def define(self, program: str, **container: Any) -> str:
        options = {"awslogs-group": self.group, "awslogs-region": REGION, "awslogs-stream-prefix": "worker"}
        definition = {
            "name": "worker",
            "image": "worker@sha256:0",
            "memory": 512,
            "command": ["python", "-c", program],
            "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
            "stopTimeout": 2,
            "logConfiguration": {"logDriver": "awslogs", "options": options},
            **container,
        }
        registered = self.ecs.register_task_definition(
            family=self.name,
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            volumes=[{"name": "scratch"}],
            containerDefinitions=[definition],
        )
        return str(registered["taskDefinition"]["taskDefinitionArn"])

    def run(self, definition: str, **settings: Any) -> str:
        (task,) = self.ecs.run_task(
            cluster=self.name,
            taskDefinition=definition,
            launchType="FARGATE",
            networkConfiguration=self.network,
            **settings,
        )["tasks"]
        return str(task["taskArn"])

    def serve(self, definition: str, count: int) -> None:
        self.ecs.create_service(
            cluster=self.name,
            serviceName="worker",
            taskDefinition=definition,
            desiredCount=count,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": {**self.network["awsvpcConfiguration"], "securityGroups": []}},
        )

    def update(self, **settings: Any) -> None:
        self.ecs.update_service(cluster=self.name, service="worker", **settings)

    def task(self, arn: str) -> dict[str, Any]:
        task: dict[str, Any] = self.ecs.describe_tasks(cluster=self.name, tasks=[arn])["tasks"][0]
        return task

    def tasks(self) -> set[str]:
        return set(self.ecs.list_tasks(cluster=self.name)["taskArns"])

    def running(self, count: int) -> set[str]:
        """The tasks, once so many run and have said so in their logs."""

        def look() -> set[str] | None:
            arns = self.tasks()
            ready = len(arns) == count and all(
                self.task(arn)["lastStatus"] == "RUNNING" and "started" in self.lines(arn) for arn in arns
            )
            return arns if ready else None

        return set(eventually(look)) if count else set()

    def stopped(self, arn: str, seconds: float = 20) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            task = self.task(arn)
            return task if task["lastStatus"] == "STOPPED" else None

        found: dict[str, Any] = eventually(look, seconds)
        return found

    def lines(self, arn: str) -> list[str]:
        stream = f"worker/worker/{arn.rsplit('/', 1)[-1]}"
        try:
            answer = self.logs.get_log_events(logGroupName=self.group, logStreamName=stream, startFromHead=True)
        except self.logs.exceptions.ResourceNotFoundException:
            return []
        return [event["message"] for event in answer["events"]]

    def process(self, arn: str) -> psutil.Process:
        """The command of a task: the child of its container's process 1."""
        folder = self.root / ".streamflix" / "cloud" / "ecs" / "tasks" / arn.rsplit("/", 1)[-1]
        (command,) = psutil.Process(int((folder / "pid").read_text())).children()
        return command


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory, mended_endpoint: str) -> Iterator[Agent]:
    agent = Agent(tmp_path_factory.mktemp("project"), mended_endpoint)
    yield agent
    assert agent.terminate() == 0


@pytest.fixture
def cloud(agent: Agent) -> Iterator[Cloud]:
    cloud = Cloud(agent)
    yield cloud
    for service in cloud.ecs.list_services(cluster=cloud.name)["serviceArns"]:
        cloud.ecs.delete_service(cluster=cloud.name, service=service, force=True)
    for arn in cloud.tasks():
        cloud.ecs.stop_task(cluster=cloud.name, task=arn)


def test_a_task_gets_its_variables_and_secrets_and_its_output_arrives(cloud: Cloud) -> None:
    plain = cloud.secrets.create_secret(Name=f"{cloud.name}/plain", SecretString="quiet")["ARN"]
    fields = cloud.secrets.create_secret(Name=f"{cloud.name}/fields", SecretString='{"password": "silent"}')["ARN"]
    program = """
import json, os, sys
print(json.dumps(dict(os.environ)))
print("to standard error", file=sys.stderr)
open(os.environ["SCRATCH_DIR"] + "/file", "w").write("x")
sys.stdout.write("without an end")
sys.exit(3)
"""
    definition = cloud.define(
        program,
        environment=[{"name": "SCRATCH_DIR", "value": "/scratch"}, {"name": "PLAIN", "value": "a b"}],
        secrets=[
            {"name": "WHOLE", "valueFrom": plain},
            {"name": "FIELD", "valueFrom": f"{fields}:password::"},
            {"name": "CURRENT", "valueFrom": f"{fields}:password:AWSCURRENT:"},
        ],
    )
    overrides = {"containerOverrides": [{"name": "worker", "environment": [{"name": "MORE", "value": "1"}]}]}
    arn = cloud.run(definition, overrides=overrides)
    task = cloud.stopped(arn)
    assert (task["containers"][0]["exitCode"], task["stopCode"]) == (3, "EssentialContainerExited")
    errors, environment, unfinished = cloud.lines(arn)
    assert (errors, unfinished) == ("to standard error", "without an end")
    told = json.loads(environment)
    assert {name: told[name] for name in ("PLAIN", "WHOLE", "FIELD", "CURRENT", "MORE")} == {
        "PLAIN": "a b",
        "WHOLE": "quiet",
        "FIELD": "silent",
        "CURRENT": "silent",
        "MORE": "1",
    }
    assert told["SCRATCH_DIR"].startswith(str(cloud.root))
    # Nothing else of the agent's environment, and nothing of what starts the command.
    image = {"PATH", "LANG", "TZ", "HOME"} | ({"SSL_CERT_FILE"} & os.environ.keys())
    services = {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "ECS_AGENT_URI"}
    deployed = {"SCRATCH_DIR", "PLAIN", "WHOLE", "FIELD", "CURRENT", "MORE"}
    assert told.keys() == image | services | deployed


def test_a_secret_without_the_key_keeps_a_task_from_starting(cloud: Cloud) -> None:
    secret = cloud.secrets.create_secret(Name=f"{cloud.name}/s", SecretString='{"password": "silent"}')["ARN"]
    task = cloud.stopped(cloud.run(cloud.define(SLEEP, secrets=[{"name": "S", "valueFrom": f"{secret}:passwort::"}])))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets")
    assert task["stoppedReason"].endswith("did not contain json key passwort")
    assert "exitCode" not in task["containers"][0]


def test_a_container_without_a_command_keeps_a_task_from_starting(cloud: Cloud) -> None:
    task = cloud.stopped(cloud.run(cloud.define(SLEEP, command=[])))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotStartContainerError: no command")


def test_a_missing_log_group_keeps_a_task_from_starting(cloud: Cloud) -> None:
    cloud.logs.delete_log_group(logGroupName=cloud.group)
    task = cloud.stopped(cloud.run(cloud.define(SLEEP)))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("ResourceInitializationError: failed to validate logger args")


def test_a_killed_worker_is_replaced(cloud: Cloud) -> None:
    cloud.serve(cloud.define(SLEEP), 1)
    (first,) = cloud.running(1)
    cloud.process(first).kill()
    assert cloud.stopped(first)["containers"][0]["exitCode"] == 137
    (second,) = cloud.running(1)
    assert second != first


def test_the_end_of_process_1_is_the_end_of_its_container(cloud: Cloud) -> None:
    arn = cloud.run(cloud.define(SLEEP))
    cloud.running(1)
    process = cloud.process(arn)
    process.parents()[0].kill()
    assert cloud.stopped(arn)["containers"][0]["exitCode"] == 137
    # Nobody may be there to reap it.
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_scaling_in_lets_a_protected_worker_finish(cloud: Cloud) -> None:
    program = """
import json, os, time, urllib.request
state = os.environ["ECS_AGENT_URI"] + "/task-protection/v1/state"
def protect(enabled):
    body = json.dumps({"ProtectionEnabled": enabled, **({"ExpiresInMinutes": 5} if enabled else {})})
    request = urllib.request.Request(state, body.encode(), {"Content-Type": "application/json"}, method="PUT")
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["protection"]["ProtectionEnabled"]
assert protect(True)
print('started', flush=True)
while not os.path.exists(os.environ["DONE"]): time.sleep(0.05)
assert not protect(False)
with urllib.request.urlopen(state) as answer: assert not json.load(answer)["protection"]["ProtectionEnabled"]
time.sleep(60)
"""
    done = cloud.root / f"done-{cloud.name}"
    cloud.serve(cloud.define(program, environment=[{"name": "DONE", "value": str(done)}]), 2)
    before = cloud.running(2)
    cloud.update(desiredCount=0)
    time.sleep(1.5)
    assert cloud.running(2) == before
    done.touch()
    for arn in before:
        assert cloud.stopped(arn)["stopCode"] == "ServiceSchedulerInitiated"
    assert cloud.tasks() == set()


def test_sigterm_comes_first_and_sigkill_after_the_stop_timeout(cloud: Cloud) -> None:
    polite = STARTED + (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('released'), sys.exit(0)))\n"
        "while True: time.sleep(0.1)"
    )
    stubborn = STARTED + (
        "import signal, subprocess, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: print('ignored', flush=True))\n"
        "child = subprocess.Popen(['sleep', '60'], start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "while True: time.sleep(0.1)"
    )
    first, second = cloud.run(cloud.define(polite)), cloud.run(cloud.define(stubborn))
    cloud.running(2)
    child = psutil.Process(int(eventually(lambda: cloud.lines(second)[1:])[0]))
    for arn in (first, second):
        cloud.ecs.stop_task(cluster=cloud.name, task=arn, reason="enough")
    task = cloud.stopped(first)
    assert (task["containers"][0]["exitCode"], cloud.lines(first)) == (0, ["started", "released"])
    assert (task["stopCode"], task["stoppedReason"]) == ("UserInitiated", "enough")
    asked = time.monotonic()
    assert cloud.stopped(second)["containers"][0]["exitCode"] == 137
    assert time.monotonic() - asked > 1
    assert cloud.lines(second)[-1] == "ignored"
    # Also what the command had put into a session of its own.
    assert not child.is_running()


def test_a_new_agent_adopts_what_a_killed_one_left(cloud: Cloud) -> None:
    program = STARTED + (
        "import os, sys, time\n"
        "while not os.path.exists(os.environ['DONE']): time.sleep(0.05)\n"
        "import urllib.request\n"
        "urllib.request.urlopen(os.environ['ECS_AGENT_URI'] + '/task-protection/v1/state').read()\n"
        "print('after', flush=True)\n"
        "sys.exit(7)"
    )
    done = cloud.root / f"done-{cloud.name}"
    cloud.serve(cloud.define(program, environment=[{"name": "DONE", "value": str(done)}]), 1)
    (arn,) = cloud.running(1)
    process = cloud.process(arn)
    cloud.agent.kill()
    assert process.is_running()
    cloud.agent.start()
    cloud.agent.wait_until_ready()
    time.sleep(1)
    assert cloud.running(1) == {arn}
    assert process.is_running()
    done.touch()
    assert cloud.stopped(arn)["containers"][0]["exitCode"] == 7
    assert cloud.lines(arn) == ["started", "after"]


def test_what_a_killed_agent_left_ends_with_the_local_cloud(cloud: Cloud) -> None:
    cloud.serve(cloud.define(SLEEP), 1)
    (arn,) = cloud.running(1)
    process = cloud.process(arn)
    cloud.agent.kill()
    ecs.down(cloud.root / ".streamflix" / "cloud")
    eventually(lambda: not process.is_running())
    cloud.agent.start()
    cloud.agent.wait_until_ready()


def test_an_agent_that_fails_ends_and_leaves_its_tasks_to_the_next(cloud: Cloud) -> None:
    cloud.serve(cloud.define(SLEEP), 1)
    (arn,) = cloud.running(1)
    output = cloud.root / ".streamflix" / "cloud" / "ecs" / "tasks" / arn.rsplit("/", 1)[-1] / "output"
    output.rename(output.with_name("away"))
    assert cloud.agent.process.wait(10) == 1
    output.with_name("away").rename(output)
    cloud.agent.start()
    assert cloud.running(1) == {arn}


def test_a_task_that_ended_while_there_was_no_agent_is_reported(cloud: Cloud) -> None:
    arn = cloud.run(cloud.define(SLEEP))
    cloud.running(1)
    cloud.agent.kill()
    process = cloud.process(arn)
    process.kill()
    eventually(lambda: not process.is_running())
    cloud.agent.start()
    assert cloud.stopped(arn)["containers"][0]["exitCode"] == 137


def test_tasks_end_with_the_agent_and_with_its_supervisor(cloud: Cloud) -> None:
    arn = cloud.run(cloud.define(SLEEP))
    cloud.running(1)
    process = cloud.process(arn)
    assert cloud.agent.terminate() == 0
    assert not process.is_running()

    cloud.agent.start()
    assert cloud.stopped(arn)["containers"][0]["exitCode"] == 143
    arn = cloud.run(cloud.define(SLEEP))
    cloud.running(1)
    process = cloud.process(arn)
    agent = cloud.agent.process
    assert agent.stdin is not None
    agent.stdin.close()
    agent.wait(5)
    eventually(lambda: not process.is_running())
    cloud.agent.start()


def test_a_deleted_service_drains_and_its_cluster_can_go(cloud: Cloud) -> None:
    cloud.serve(cloud.define(SLEEP), 2)
    cloud.running(2)
    cloud.ecs.delete_service(cluster=cloud.name, service="worker", force=True)
    services = {"cluster": cloud.name, "services": ["worker"]}
    eventually(lambda: cloud.ecs.describe_services(**services)["services"][0]["status"] == "INACTIVE")
    assert cloud.ecs.delete_cluster(cluster=cloud.name)["cluster"]["status"] == "INACTIVE"


def test_a_new_task_definition_is_rolled_out(cloud: Cloud) -> None:
    cloud.serve(cloud.define(SLEEP), 1)
    (old,) = cloud.running(1)
    newer = cloud.define(SLEEP)
    cloud.update(taskDefinition=newer)
    assert cloud.stopped(old)["stopCode"] == "ServiceSchedulerInitiated"
    (new,) = cloud.running(1)
    assert cloud.task(new)["taskDefinitionArn"] == newer
    service = cloud.ecs.describe_services(cluster=cloud.name, services=["worker"])["services"][0]
    assert [one["rolloutState"] for one in service["deployments"]] == ["COMPLETED"]


def test_a_database_host_leads_to_the_local_server(cloud: Cloud) -> None:
    rds = cloud.client("rds")
    endpoint = rds.create_db_cluster(
        DBClusterIdentifier=cloud.name, Engine="aurora-postgresql", MasterUsername="owner", MasterUserPassword="x" * 12
    )["DBCluster"]["Endpoint"]
    program = "import os; print(os.environ['DATABASE_HOST'], os.environ['PGHOSTADDR'], os.environ['PGSSLROOTCERT'])"
    arn = cloud.run(cloud.define(program, environment=[{"name": "DATABASE_HOST", "value": endpoint}]))
    time.sleep(1.5)
    assert cloud.task(arn)["lastStatus"] == "PROVISIONING", "its database is not there yet"
    listener = {"address": "127.1.2.3", "port": 5432, "ca": "/ca.pem", "endpoint": endpoint, "state": "starting"}
    (cloud.root / ".streamflix" / "cloud" / "databases.json").write_text(json.dumps({"arn:x": listener}))
    cloud.stopped(arn)
    assert cloud.lines(arn) == [f"{endpoint} 127.1.2.3 /ca.pem"]


def test_a_schedule_runs_its_task_once_at_creation_and_again_for_no_new_agent(cloud: Cloud) -> None:
    scheduler = cloud.client("scheduler")
    cluster = cloud.ecs.describe_clusters(clusters=[cloud.name])["clusters"][0]["clusterArn"]
    scheduler.create_schedule(
        Name=cloud.name,
        ScheduleExpression="rate(5 minutes)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": cluster,
            "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
            "EcsParameters": {
                "TaskDefinitionArn": cloud.define("print('kept')"),
                "CapacityProviderStrategy": [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}],
                "EnableECSManagedTags": True,
                "NetworkConfiguration": {
                    "awsvpcConfiguration": {"Subnets": [cloud.subnet], "AssignPublicIp": "DISABLED"}
                },
                "PropagateTags": "TASK_DEFINITION",
            },
        },
    )

    def runs() -> list[str]:
        arns: list[str] = cloud.ecs.list_tasks(cluster=cloud.name, desiredStatus="STOPPED")["taskArns"]
        return arns

    (arn,) = eventually(runs)
    task = cloud.task(arn)
    assert (task["startedBy"], task["containers"][0]["exitCode"]) == (f"chronos-schedule/{cloud.name}", 0)
    assert cloud.lines(arn) == ["kept"]
    cloud.agent.kill()
    cloud.agent.start()
    cloud.agent.wait_until_ready()
    time.sleep(2)
    assert [*runs(), *cloud.tasks()] == [arn]
    scheduler.delete_schedule(Name=cloud.name)


def test_a_schedule_that_cannot_run_leaves_a_dead_letter(cloud: Cloud) -> None:
    sqs = cloud.client("sqs")
    queue = sqs.create_queue(QueueName=cloud.name)["QueueUrl"]
    queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    scheduler = cloud.client("scheduler")
    scheduler.create_schedule(
        Name=cloud.name,
        ScheduleExpression="rate(1 hour)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:ecs:{REGION}:123456789012:cluster/elsewhere",
            "RoleArn": "arn:aws:iam::123456789012:role/scheduler",
            "EcsParameters": {"TaskDefinitionArn": cloud.define(SLEEP)},
            "DeadLetterConfig": {"Arn": queue_arn},
            "RetryPolicy": {"MaximumRetryAttempts": 1, "MaximumEventAgeInSeconds": 60},
        },
    )
    ask = {"QueueUrl": queue, "MessageAttributeNames": ["All"], "WaitTimeSeconds": 1}
    (message,) = eventually(lambda: sqs.receive_message(**ask).get("Messages"))
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "ClusterNotFoundException"
    scheduler.delete_schedule(Name=cloud.name)


def test_an_agent_waits_for_a_control_plane(tmp_path: Path) -> None:
    agent = Agent(tmp_path, "http://127.0.0.1:9")
    agent.wait_until_ready()
    time.sleep(1)
    assert agent.process.poll() is None
    assert agent.terminate() == 0


def test_tasks_of_a_control_plane_that_lost_its_memory_are_ended(cloud: Cloud) -> None:
    cloud.run(cloud.define(SLEEP))
    (arn,) = cloud.running(1)
    process = cloud.process(arn)
    urllib.request.urlopen(urllib.request.Request(f"{cloud.agent.endpoint}/moto-api/reset", method="POST"))
    eventually(lambda: not process.is_running())
    cloud.ecs.create_cluster(clusterName=cloud.name)


def test_no_secret_is_written_down(cloud: Cloud) -> None:
    secret = cloud.secrets.create_secret(Name=f"{cloud.name}/s", SecretString="never-on-disk")["ARN"]
    cloud.run(cloud.define(SLEEP, secrets=[{"name": "S", "valueFrom": secret}]))
    (arn,) = cloud.running(1)
    for path, _, names in os.walk(cloud.root):
        for name in names:
            assert b"never-on-disk" not in (Path(path) / name).read_bytes()
    process = cloud.process(arn)
    assert "never-on-disk" in process.environ().values()
    assert not any("never-on-disk" in part for part in [*process.cmdline(), *process.parents()[0].cmdline()])
