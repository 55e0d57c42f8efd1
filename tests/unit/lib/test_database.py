"""The Aurora cluster, on synthesized JSON."""

import pytest

from lib.profile import Database, Profile
from tests.unit.lib.synthesis import Resource, Synthesized, synthesize_pipeline


@pytest.fixture(scope="module")
def cluster(pipeline: Synthesized) -> Resource:
    return pipeline.one("aws_rds_cluster", cluster_identifier="aurora-cluster-t1")


def test_it_is_aurora_postgresql_serverless_v2(pipeline: Synthesized, cluster: Resource) -> None:
    assert cluster["engine"] == "aurora-postgresql"
    assert cluster["engine_mode"] == "provisioned"
    assert {instance["instance_class"] for instance in pipeline.all("aws_rds_cluster_instance")} == {"db.serverless"}


def test_a_cluster_that_may_reach_zero_pauses_after_the_profiles_minutes(cluster: Resource) -> None:
    assert cluster["serverlessv2_scaling_configuration"] == {
        "min_capacity": 0,
        "max_capacity": 4,
        "seconds_until_auto_pause": 600,
    }


def test_a_cluster_that_may_reach_zero_pauses_after_five_minutes_when_the_profile_does_not_say() -> None:
    stack = synthesize_pipeline(Profile(database=Database(min_acu=0)))
    assert stack.one("aws_rds_cluster")["serverlessv2_scaling_configuration"]["seconds_until_auto_pause"] == 300
    assert stack.one("aws_scheduler_schedule")["schedule_expression"] == "rate(20 minutes)"


def test_a_cluster_with_a_floor_has_no_pause() -> None:
    stack = synthesize_pipeline(Profile(database=Database(min_acu=0.5, max_acu=8)))
    capacity = stack.one("aws_rds_cluster")["serverlessv2_scaling_configuration"]
    assert capacity == {"min_capacity": 0.5, "max_capacity": 8}


def test_nobody_but_rds_knows_the_owners_password(pipeline: Synthesized, cluster: Resource) -> None:
    assert cluster["manage_master_user_password"] is True
    assert (
        cluster["master_user_secret_kms_key_id"]
        == cluster["kms_key_id"]
        == f"${{{pipeline.address('aws_kms_key')}.arn}}"
    )
    assert not {"master_password", "master_password_wo"} & set(cluster)


def test_the_data_api_and_iam_authentication_are_on(cluster: Resource) -> None:
    assert cluster["enable_http_endpoint"] is True
    assert cluster["iam_database_authentication_enabled"] is True


def test_tls_is_forced_and_values_of_statements_are_never_logged(pipeline: Synthesized) -> None:
    group = pipeline.one("aws_rds_cluster_parameter_group")
    assert group["family"] == "aurora-postgresql16"
    parameters = {parameter["name"]: parameter["value"] for parameter in group["parameter"]}
    assert parameters["rds.force_ssl"] == "1"
    assert parameters["log_parameter_max_length"] == "0"
    assert parameters["log_parameter_max_length_on_error"] == "0"


def test_the_exported_log_is_declared_before_rds_can_make_it(pipeline: Synthesized, cluster: Resource) -> None:
    name = "/aws/rds/cluster/aurora-cluster-t1/postgresql"
    assert pipeline.address("aws_cloudwatch_log_group", name=name) in cluster["depends_on"]
    assert cluster["enabled_cloudwatch_logs_exports"] == ["postgresql"]


def test_it_can_be_destroyed_with_data_inside(cluster: Resource) -> None:
    assert cluster["skip_final_snapshot"] is True
    assert cluster["delete_automated_backups"] is True
    assert cluster["deletion_protection"] is False
    assert cluster["apply_immediately"] is True


def test_a_reader_keeps_the_writers_capacity_for_a_failover(pipeline: Synthesized) -> None:
    tiers = {
        instance["identifier"]: instance["promotion_tier"] for instance in pipeline.all("aws_rds_cluster_instance")
    }
    assert tiers == {"aurora-instance-1-t1": 0, "aurora-instance-2-t1": 1}


def test_the_version_moves_only_with_the_profile(pipeline: Synthesized) -> None:
    for instance in pipeline.all("aws_rds_cluster_instance"):
        assert instance["auto_minor_version_upgrade"] is False


def test_performance_insights_are_encrypted_with_the_environments_key(pipeline: Synthesized) -> None:
    key = f"${{{pipeline.address('aws_kms_key')}.arn}}"
    for instance in pipeline.all("aws_rds_cluster_instance"):
        assert instance["performance_insights_enabled"] is True
        assert instance["performance_insights_kms_key_id"] == key


@pytest.mark.parametrize(
    ("subject", "metric"),
    [
        ("database-capacity", "ACUUtilization"),
        ("database-cpu", "CPUUtilization"),
        ("database-connections", "DatabaseConnections"),
    ],
)
def test_it_watches_its_ceiling_cpu_and_connections(pipeline: Synthesized, subject: str, metric: str) -> None:
    alarm = pipeline.one("aws_cloudwatch_metric_alarm", alarm_name=f"alarm-{subject}-t1")
    assert alarm["namespace"] == "AWS/RDS"
    assert alarm["metric_name"] == metric
    assert alarm["dimensions"] == {
        "DBClusterIdentifier": f"${{{pipeline.address('aws_rds_cluster')}.cluster_identifier}}"
    }
