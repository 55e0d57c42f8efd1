"""Leaves one resource of a type behind, by the name that the stack would give it."""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

from lib.naming import Naming
from lib.tags import PROJECT
from tests.integration.sweep.account import ACCOUNT_ID, REGION, Account

Leave = Callable[[Account, Naming], str]
"""Returns the id that the leftover is expected to have."""

CASES: dict[str, Leave] = {}
_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
_POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)


def leaves(type: str) -> Callable[[Leave], Leave]:
    def register(leave: Leave) -> Leave:
        CASES[type] = leave
        return leave

    return register


def tags(naming: Naming, **extra: str) -> list[dict[str, str]]:
    values = {"Environment": naming.suffix, "Project": PROJECT, **extra}
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _named(kind: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": name}]}]


def _elsewhere(naming: Naming) -> str:
    """The name of something that a case needs and that is not the environment's."""
    return f"elsewhere-of-{naming.suffix}-only"


@leaves("sqs_queue")
def queue(account: Account, naming: Naming) -> str:
    sqs, name = account.client("sqs"), naming.of("video-jobs-queue")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="left behind")
    return name


@leaves("sns_topic")
def topic(account: Account, naming: Naming) -> str:
    return str(account.client("sns").create_topic(Name=naming.of("alarms-topic"))["TopicArn"])


@leaves("kinesis_stream")
def stream(account: Account, naming: Naming) -> str:
    name = naming.of("kinesis-stream")
    account.client("kinesis").create_stream(StreamName=name, ShardCount=1)
    return name


@leaves("s3_bucket")
def bucket(account: Account, naming: Naming) -> str:
    s3, name = account.client("s3"), naming.bucket("raw-bucket", ACCOUNT_ID)
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"first", b"second"):
        s3.put_object(Bucket=name, Key="title/source.mp4", Body=body)
    s3.put_object(Bucket=name, Key="title/deleted.mp4", Body=b"x")
    s3.delete_object(Bucket=name, Key="title/deleted.mp4")
    s3.create_multipart_upload(Bucket=name, Key="title/unfinished.mp4")
    return name


@leaves("kms_key")
def key(account: Account, naming: Naming) -> str:
    created = account.client("kms").create_key(
        Tags=[{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in tags(naming)]
    )
    return str(created["KeyMetadata"]["KeyId"])


@leaves("kms_alias")
def alias(account: Account, naming: Naming) -> str:
    kms, name = account.client("kms"), f"alias/{naming.of('kms-key')}"
    kms.create_alias(AliasName=name, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    return name


@leaves("pipe")
def pipe(account: Account, naming: Naming) -> str:
    name = naming.of("ingest-pipe")
    account.client("pipes").create_pipe(
        Name=name,
        Source=f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/elsewhere",
        Target=f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:elsewhere",
        RoleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/elsewhere",
        SourceParameters={"KinesisStreamParameters": {"StartingPosition": "LATEST"}},
    )
    return name


@leaves("event_rule")
def rule(account: Account, naming: Naming) -> str:
    events, name = account.client("events"), naming.of("task-failures-rule")
    events.put_rule(Name=name, EventPattern='{"source": ["aws.ecs"]}')
    events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:elsewhere"}])
    return name


@leaves("schedule")
def schedule(account: Account, naming: Naming) -> str:
    name = naming.of("housekeep-schedule")
    account.client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/elsewhere",
            "RoleArn": f"arn:aws:iam::{ACCOUNT_ID}:role/elsewhere",
        },
    )
    return name


@leaves("lambda_function")
def function(account: Account, naming: Naming) -> str:
    archive, name = io.BytesIO(), naming.of("rotation-function")
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("main.py", "def handler(event, context): ...")
    account.client("iam").create_role(RoleName=_elsewhere(naming), AssumeRolePolicyDocument=_TRUST)
    account.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="main.handler",
        Role=f"arn:aws:iam::{ACCOUNT_ID}:role/{_elsewhere(naming)}",
        Code={"ZipFile": archive.getvalue()},
    )
    return name


@leaves("secret")
def secret(account: Account, naming: Naming) -> str:
    secrets = account.client("secretsmanager")
    return str(secrets.create_secret(Name=naming.of("database-app-secret"), SecretString="x")["ARN"])


@leaves("log_group")
def log_group(account: Account, naming: Naming) -> str:
    name = f"/aws/rds/cluster/{naming.of('aurora-cluster')}/postgresql"
    account.client("logs").create_log_group(logGroupName=name)
    return name


@leaves("cloudwatch_alarm")
def alarm(account: Account, naming: Naming) -> str:
    name = naming.alarm("oldest-message")
    account.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        Tags=tags(naming),
    )
    return name


@leaves("cloudwatch_dashboard")
def dashboard(account: Account, naming: Naming) -> str:
    name = naming.of("dashboard")
    account.client("cloudwatch").put_dashboard(DashboardName=name, DashboardBody='{"widgets": []}')
    return name


@leaves("iam_role")
def role(account: Account, naming: Naming) -> str:
    iam, name = account.client("iam"), naming.of("worker-role")
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=_TRUST)
    iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=_POLICY)
    shared = iam.create_policy(PolicyName=_elsewhere(naming), PolicyDocument=_POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=shared)
    return name


@leaves("iam_policy")
def policy(account: Account, naming: Naming) -> str:
    iam = account.client("iam")
    arn = iam.create_policy(PolicyName=naming.of("operator-policy"), PolicyDocument=_POLICY)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=_POLICY, SetAsDefault=True)
    iam.create_role(RoleName=_elsewhere(naming), AssumeRolePolicyDocument=_TRUST)
    iam.attach_role_policy(RoleName=_elsewhere(naming), PolicyArn=arn)
    return str(arn)


@leaves("ssm_parameter")
def parameter(account: Account, naming: Naming) -> str:
    account.client("ssm").put_parameter(Name=naming.parameter_path, Type="String", Value="{}")
    return naming.parameter_path


def _task_definition(account: Account, family: str) -> str:
    container = {"name": "worker", "image": "worker", "memory": 512, "essential": True}
    registered = account.client("ecs").register_task_definition(
        family=family,
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[container],
    )
    return str(registered["taskDefinition"]["taskDefinitionArn"])


@leaves("ecs_task_definition")
def task_definition(account: Account, naming: Naming) -> str:
    return _task_definition(account, naming.of("migrate"))


@leaves("ecs_cluster")
def cluster(account: Account, naming: Naming) -> str:
    name = naming.of("ecs-cluster")
    account.client("ecs").create_cluster(clusterName=name)
    return name


@leaves("ecs_service")
def service(account: Account, naming: Naming) -> str:
    ecs, name = account.client("ecs"), naming.of("worker-service")
    definition = _task_definition(account, naming.of("worker"))
    # Another case may have made it: what scales a service needs one.
    with contextlib.suppress(ecs.exceptions.InvalidParameterException):
        ecs.create_service(
            cluster=cluster(account, naming), serviceName=name, taskDefinition=definition, desiredCount=2
        )
    return f"{naming.of('ecs-cluster')}/{name}"


@leaves("ecs_task")
def task(account: Account, naming: Naming) -> str:
    subnet_id, group_id = subnet(account, naming), security_group(account, naming)
    started = account.client("ecs").run_task(
        cluster=cluster(account, naming),
        taskDefinition=_task_definition(account, naming.of("worker")),
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet_id], "securityGroups": [group_id]}},
    )
    return str(started["tasks"][0]["taskArn"])


@leaves("scaling_target")
def scaling_target(account: Account, naming: Naming) -> str:
    resource = f"service/{service(account, naming)}"
    account.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=resource,
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=0,
        MaxCapacity=4,
    )
    return resource


@leaves("scaling_policy")
def scaling_policy(account: Account, naming: Naming) -> str:
    put = account.client("application-autoscaling").put_scaling_policy(
        PolicyName="backlog",
        ServiceNamespace="ecs",
        ResourceId=scaling_target(account, naming),
        ScalableDimension="ecs:service:DesiredCount",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 4,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    )
    return str(put["PolicyARN"])


@leaves("scaling_alarm")
def scaling_alarm(account: Account, naming: Naming) -> str:
    scaling_policy(account, naming)
    of_cluster = f"TargetTracking-service/{naming.of('ecs-cluster')}/"
    alarms = account.client("cloudwatch").describe_alarms(AlarmNamePrefix=of_cluster)["MetricAlarms"]
    return str(alarms[0]["AlarmName"])


@leaves("rds_cluster")
def rds_cluster(account: Account, naming: Naming) -> str:
    rds, name = account.client("rds"), naming.of("aurora-cluster")
    if any(cluster["DBClusterIdentifier"] == name for cluster in rds.describe_db_clusters()["DBClusters"]):
        return name
    rds.create_db_cluster(
        DBClusterIdentifier=name,
        Engine="aurora-postgresql",
        MasterUsername="owner",
        ManageMasterUserPassword=True,
        ServerlessV2ScalingConfiguration={"MinCapacity": 0.5, "MaxCapacity": 1},
    )
    return name


@leaves("rds_instance")
def rds_instance(account: Account, naming: Naming) -> str:
    name = naming.of("aurora-instance", 0)
    account.client("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBClusterIdentifier=rds_cluster(account, naming),
        Engine="aurora-postgresql",
        DBInstanceClass="db.serverless",
    )
    return name


@leaves("rds_cluster_snapshot")
def rds_cluster_snapshot(account: Account, naming: Naming) -> str:
    name = f"before-the-destroy-of-{naming.suffix}"
    account.client("rds").create_db_cluster_snapshot(
        DBClusterSnapshotIdentifier=name, DBClusterIdentifier=rds_cluster(account, naming)
    )
    return name


@leaves("rds_cluster_backup")
def rds_cluster_backup(account: Account, naming: Naming) -> str:
    rds, name = account.client("rds"), rds_cluster(account, naming)
    deleted = rds.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    return str(deleted["DBCluster"]["DbClusterResourceId"])


@leaves("rds_subnet_group")
def rds_subnet_group(account: Account, naming: Naming) -> str:
    name = naming.of("aurora-subnet-group")
    account.client("rds").create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="left", SubnetIds=[subnet(account, naming)]
    )
    return name


@leaves("rds_cluster_parameter_group")
def rds_cluster_parameter_group(account: Account, naming: Naming) -> str:
    name = naming.of("aurora-cluster-parameters")
    account.client("rds").create_db_cluster_parameter_group(
        DBClusterParameterGroupName=name, DBParameterGroupFamily="aurora-postgresql16", Description="left"
    )
    return name


@leaves("vpc")
def vpc(account: Account, naming: Naming) -> str:
    ec2 = account.client("ec2")
    created = ec2.create_vpc(CidrBlock="10.40.0.0/16", TagSpecifications=_named("vpc", naming.of("vpc")))
    ec2.modify_vpc_attribute(VpcId=created["Vpc"]["VpcId"], EnableDnsHostnames={"Value": True})
    return str(created["Vpc"]["VpcId"])


@leaves("subnet")
def subnet(account: Account, naming: Naming) -> str:
    created = account.client("ec2").create_subnet(
        VpcId=vpc(account, naming),
        CidrBlock="10.40.1.0/24",
        TagSpecifications=_named("subnet", naming.of("private-subnet", 1)),
    )
    return str(created["Subnet"]["SubnetId"])


@leaves("internet_gateway")
def internet_gateway(account: Account, naming: Naming) -> str:
    ec2 = account.client("ec2")
    created = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=created, VpcId=vpc(account, naming))
    return str(created)


@leaves("elastic_ip")
def elastic_ip(account: Account, naming: Naming) -> str:
    created = account.client("ec2").allocate_address(
        Domain="vpc", TagSpecifications=_named("elastic-ip", naming.of("nat-address", 0))
    )
    return str(created["AllocationId"])


@leaves("nat_gateway")
def nat_gateway(account: Account, naming: Naming) -> str:
    created = account.client("ec2").create_nat_gateway(
        SubnetId=subnet(account, naming), AllocationId=elastic_ip(account, naming)
    )
    return str(created["NatGateway"]["NatGatewayId"])


@leaves("route_table")
def route_table(account: Account, naming: Naming) -> str:
    ec2, subnet_id = account.client("ec2"), subnet(account, naming)
    vpc_id = ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"][0]["VpcId"]
    created = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.associate_route_table(RouteTableId=created, SubnetId=subnet_id)
    return str(created)


@leaves("security_group")
def security_group(account: Account, naming: Naming) -> str:
    ec2 = account.client("ec2")
    vpc_id = vpc(account, naming)
    first, second = (
        ec2.create_security_group(GroupName=naming.of(name), Description="left", VpcId=vpc_id)["GroupId"]
        for name in ("tasks-security-group", "database-security-group")
    )
    for group, other in ((first, second), (second, first)):
        permission = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": other}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
    return str(first)


@leaves("network_interface")
def network_interface(account: Account, naming: Naming) -> str:
    created = account.client("ec2").create_network_interface(SubnetId=subnet(account, naming), Description="left")
    return str(created["NetworkInterface"]["NetworkInterfaceId"])


@leaves("vpc_endpoint")
def vpc_endpoint(account: Account, naming: Naming) -> str:
    created = account.client("ec2").create_vpc_endpoint(
        VpcId=vpc(account, naming), ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )
    return str(created["VpcEndpoint"]["VpcEndpointId"])


@leaves("flow_log")
def flow_log(account: Account, naming: Naming) -> str:
    bucket_name = _elsewhere(naming)
    account.client("s3").create_bucket(Bucket=bucket_name, CreateBucketConfiguration={"LocationConstraint": REGION})
    created = account.client("ec2").create_flow_logs(
        ResourceIds=[vpc(account, naming)],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{bucket_name}",
    )
    return str(created["FlowLogIds"][0])


@leaves("other")
def other(account: Account, naming: Naming) -> str:
    created = account.client("stepfunctions").create_state_machine(
        name=_elsewhere(naming),
        definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}',
        roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/elsewhere",
        tags=[{"key": tag["Key"], "value": tag["Value"]} for tag in tags(naming)],
    )
    return str(created["stateMachineArn"])
