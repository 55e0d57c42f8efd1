"""The VPC, on synthesized JSON."""

import json
from ipaddress import IPv4Network
from itertools import combinations
from typing import Literal

import pytest

from lib.cdk import TerraformStack
from lib.encryption import Encryption
from lib.naming import Naming
from lib.network import Network, subnet_blocks
from lib.place import Place
from lib.profile import REQUIRED_WITHOUT_NAT, InterfaceEndpoint, Network as Settings
from tests.unit.lib.synthesis import Synthesized, allowed, statements, synthesize


def network(
    naming: Naming,
    place: Place,
    nat: Literal["none", "single", "per_az"],
    zones: int = 2,
    endpoints: tuple[InterfaceEndpoint, ...] = (),
) -> Synthesized:
    def build(stack: TerraformStack) -> None:
        Network(
            stack,
            "network",
            naming=naming,
            place=place,
            settings=Settings(nat_gateways=nat, availability_zones=zones, interface_endpoints=endpoints),
            database_port=5432,
            encryption=Encryption(stack, "encryption", naming=naming, place=place),
            log_retention_days=30,
        )

    return synthesize(build)


@pytest.fixture(scope="module")
def single(naming: Naming, place: Place) -> Synthesized:
    return network(naming, place, "single", endpoints=("sqs",))


@pytest.fixture(scope="module")
def per_zone(naming: Naming, place: Place) -> Synthesized:
    return network(naming, place, "per_az", zones=3)


@pytest.fixture(scope="module")
def closed(naming: Naming, place: Place) -> Synthesized:
    return network(naming, place, "none", endpoints=REQUIRED_WITHOUT_NAT)


@pytest.mark.parametrize("prefix", range(16, 23))
@pytest.mark.parametrize("zones", [2, 3])
def test_subnets_lie_in_the_vpc_and_never_overlap(prefix: int, zones: int) -> None:
    vpc = IPv4Network(f"10.64.0.0/{prefix}")
    blocks = [IPv4Network(block) for zone in subnet_blocks(str(vpc), zones) for block in zone]
    assert len(blocks) == 3 * zones
    for block in blocks:
        assert block.subnet_of(vpc)
        assert block.prefixlen <= 28
    assert not any(one.overlaps(other) for one, other in combinations(blocks, 2))


def test_adding_a_zone_moves_no_subnet() -> None:
    assert subnet_blocks("10.40.0.0/16", 3)[:2] == subnet_blocks("10.40.0.0/16", 2)


def test_the_vpc_resolves_names(single: Synthesized) -> None:
    vpc = single.one("aws_vpc", cidr_block="10.40.0.0/16")
    assert vpc["enable_dns_support"] is True
    assert vpc["enable_dns_hostnames"] is True


def test_each_tier_has_a_subnet_in_each_zone_and_none_gives_public_addresses(per_zone: Synthesized) -> None:
    names = sorted(subnet["tags"]["Name"] for subnet in per_zone.all("aws_subnet"))
    tiers = ("database", "private", "public")
    assert names == [f"{tier}-subnet-{number}-t1" for tier in tiers for number in (1, 2, 3)]
    (zones,) = (f"data.aws_availability_zones.{id_}" for id_ in per_zone.document["data"]["aws_availability_zones"])
    assert {subnet["availability_zone"] for subnet in per_zone.all("aws_subnet")} == {
        f"${{element(slice({zones}.names, 0, 3), {index})}}" for index in range(3)
    }
    assert all(subnet["map_public_ip_on_launch"] is False for subnet in per_zone.all("aws_subnet"))


def test_a_change_in_the_regions_zones_moves_no_subnet(single: Synthesized) -> None:
    for subnet in single.all("aws_subnet"):
        assert subnet["lifecycle"] == {"ignore_changes": ["availability_zone"]}


def test_zones_are_those_of_the_region_itself_where_fargate_runs(single: Synthesized) -> None:
    (zones,) = single.document["data"]["aws_availability_zones"].values()
    assert zones["filter"] == [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]
    assert "use1-az3" in zones["exclude_zone_ids"]


def test_one_nat_gateway_serves_every_zone(single: Synthesized) -> None:
    assert len(single.all("aws_nat_gateway")) == 1
    private = single.address("aws_route_table", tags={"DataClass": "internal", "Name": "private-routes-t1"})
    associated = [a for a in single.all("aws_route_table_association") if a["route_table_id"] == f"${{{private}.id}}"]
    assert len(associated) == 2


def test_a_nat_gateway_a_zone_gives_each_zone_its_own_routes(per_zone: Synthesized) -> None:
    assert len(per_zone.all("aws_nat_gateway")) == 3
    assert len({nat["subnet_id"] for nat in per_zone.all("aws_nat_gateway")}) == 3
    routes = [route for route in per_zone.all("aws_route") if "nat_gateway_id" in route]
    assert len({route["route_table_id"] for route in routes}) == 3
    assert len({route["nat_gateway_id"] for route in routes}) == 3


def test_without_nat_gateway_the_only_default_route_is_the_public_one(closed: Synthesized) -> None:
    assert not closed.all("aws_nat_gateway")
    assert not closed.all("aws_eip")
    (route,) = closed.all("aws_route")
    assert "gateway_id" in route


def test_the_database_subnets_have_no_route_out(per_zone: Synthesized) -> None:
    table = per_zone.address("aws_route_table", tags={"DataClass": "internal", "Name": "database-routes-t1"})
    assert not any(route["route_table_id"] == f"${{{table}.id}}" for route in per_zone.all("aws_route"))


def test_s3_is_reached_through_a_gateway_in_every_private_route_table(per_zone: Synthesized) -> None:
    endpoint = per_zone.one("aws_vpc_endpoint", service_name="com.amazonaws.us-east-1.s3")
    assert endpoint["vpc_endpoint_type"] == "Gateway"
    assert len(endpoint["route_table_ids"]) == 3


def test_through_the_s3_endpoint_lie_only_own_buckets_and_image_layers(single: Synthesized) -> None:
    policy = statements(single.one("aws_vpc_endpoint", vpc_endpoint_type="Gateway")["policy"])
    own = [f"arn:aws:s3:::{name}-bucket-t1-123456789012" for name in ("raw", "processed", "evidence")]
    assert policy["OwnBuckets"]["Resource"] == [*own, *(f"{bucket}/*" for bucket in own)]
    assert policy["ImageLayers"]["Resource"] == "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/*"
    assert not any("*" in action for action in policy["OwnBuckets"]["Action"])


def test_a_closed_network_has_every_endpoint_its_tasks_need(closed: Synthesized) -> None:
    interfaces = [e for e in closed.all("aws_vpc_endpoint") if e["vpc_endpoint_type"] == "Interface"]
    assert {e["service_name"] for e in interfaces} == {
        f"com.amazonaws.us-east-1.{service}" for service in REQUIRED_WITHOUT_NAT
    }
    group = closed.address("aws_security_group", name="endpoints-security-group-t1")
    for endpoint in interfaces:
        assert endpoint["private_dns_enabled"] is True
        assert endpoint["security_group_ids"] == [f"${{{group}.id}}"]
        assert len(endpoint["subnet_ids"]) == 2


def test_without_interface_endpoints_there_is_no_group_for_them(per_zone: Synthesized) -> None:
    assert {group["name"] for group in per_zone.all("aws_security_group")} == {
        "tasks-security-group-t1",
        "database-security-group-t1",
    }


def test_the_default_security_group_lets_nothing_through(single: Synthesized) -> None:
    group = single.one("aws_default_security_group")
    assert "ingress" not in group
    assert "egress" not in group


def test_the_database_and_the_endpoints_admit_the_tasks_alone_each_on_one_port(single: Synthesized) -> None:
    tasks, database, endpoints = (
        f"${{{single.address('aws_security_group', name=f'{name}-security-group-t1')}.id}}"
        for name in ("tasks", "database", "endpoints")
    )
    rules = {
        (rule["security_group_id"], rule["referenced_security_group_id"], rule["from_port"], rule["to_port"])
        for rule in single.all("aws_vpc_security_group_ingress_rule")
    }
    assert rules == {(database, tasks, 5432, 5432), (endpoints, tasks, 443, 443)}


def test_tasks_reach_https_and_the_database_and_nothing_else(single: Synthesized) -> None:
    tasks = f"${{{single.address('aws_security_group', name='tasks-security-group-t1')}.id}}"
    rules = single.all("aws_vpc_security_group_egress_rule")
    assert {rule["security_group_id"] for rule in rules} == {tasks}
    assert sorted((rule["from_port"], rule["to_port"], rule["ip_protocol"]) for rule in rules) == [
        (443, 443, "tcp"),
        (5432, 5432, "tcp"),
    ]


def test_all_traffic_is_logged_to_a_group_that_the_stack_owns(single: Synthesized) -> None:
    group = single.one("aws_cloudwatch_log_group", name="/streamflix/t1/flow-logs")
    assert group["retention_in_days"] == 30
    assert group["kms_key_id"] == f"${{{single.address('aws_kms_key')}.arn}}"
    flow_log = single.one("aws_flow_log", traffic_type="ALL")
    assert flow_log["log_destination"] == f"${{{single.address('aws_cloudwatch_log_group')}.arn}}"


def test_flow_logs_may_create_no_group_and_serve_this_account_alone(single: Synthesized) -> None:
    assert allowed(single.one("aws_iam_role_policy", name="write-flow-logs")["policy"]) == {
        "logs:CreateLogStream",
        "logs:DescribeLogGroups",
        "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    }
    (trust,) = json.loads(single.one("aws_iam_role", name="flow-logs-role-t1")["assume_role_policy"])["Statement"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:us-east-1:123456789012:vpc-flow-log/*"},
    }
