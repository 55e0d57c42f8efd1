"""One prober a resource type, in the order in which what they find can be deleted."""

from streamflix_cli.deploy.sweep.probers import (
    cloudwatch,
    ec2,
    ecs,
    events,
    functions,
    iam,
    kinesis,
    kms,
    logs,
    pipes,
    rds,
    s3,
    scaling,
    secrets,
    sns,
    sqs,
    ssm,
    tagged,
)
from streamflix_cli.deploy.sweep.probers.base import Prober

STAGES: tuple[tuple[Prober, ...], ...] = (
    # What starts work, then the work itself: it would use, or make again, what comes after.
    (scaling.ScalingPolicy(), events.Schedule(), events.EventRule(), pipes.Pipe()),
    (scaling.ScalingTarget(), ecs.EcsService(), functions.LambdaFunction()),
    (ecs.EcsTask(), ecs.EcsTaskDefinition(), rds.RdsInstance()),
    (ecs.EcsCluster(), rds.RdsCluster()),
    # Data and everything that no other resource stands on.
    (
        rds.RdsClusterSnapshot(),
        rds.RdsClusterBackup(),
        rds.RdsSubnetGroup(),
        rds.RdsClusterParameterGroup(),
        secrets.Secret(),
        kinesis.KinesisStream(),
        sqs.SqsQueue(),
        sns.SnsTopic(),
        s3.S3Bucket(),
        ssm.SsmParameter(),
        cloudwatch.ScalingAlarm(),
        cloudwatch.Alarm(),
        cloudwatch.Dashboard(),
        ec2.FlowLog(),
        ec2.VpcEndpoint(),
        ec2.NatGateway(),
    ),
    # Log groups after their writers, which would make them again.
    (logs.LogGroup(), ec2.ElasticIp(), ec2.NetworkInterface()),
    (ec2.SecurityGroup(), ec2.Subnet()),
    (ec2.RouteTable(), ec2.InternetGateway()),
    (ec2.Vpc(), iam.IamRole(), kms.KmsAlias()),
    (iam.IamPolicy(), kms.KmsKey()),
    (tagged.OtherTagged(),),
)
"""Stages run one after the other, the probers of one stage at once."""

PROBERS: tuple[Prober, ...] = tuple(prober for stage in STAGES for prober in stage)
