"""Parts of resources, which have no name to be found by and which AWS refuses to make twice.

Routes, associations, rules and permissions are looked up in the resource that they are part of. Every other part of
the stack (a bucket's settings, a role's policies, a rule's targets) is put, not created: doing it again is no error.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from streamflix_cli.deploy.adoption.stack import Stack
from streamflix_cli.deploy.sweep import Leftover

_RULES = {"aws_vpc_security_group_ingress_rule": False, "aws_vpc_security_group_egress_rule": True}
"""Whether a rule of the type is about what goes out."""


def find_parts(
    session: boto3.Session, stack: Stack, missing: Collection[str], ids: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yields address and import id of each part that exists and the state lacks.

    Args:
        session: In the environment's account and region.
        stack: What is declared.
        missing: The addresses that the state does not know.
        ids: Ids of the resources that exist, by address.
    """
    yield from _routes(session, stack, missing, ids)
    yield from _permissions(session, stack, missing, ids)
    rules = _rules_of(session, {ids[one] for one in stack.of_type("aws_security_group", ids)}) if ids else []
    for type_, outward in _RULES.items():
        for address in stack.of_type(type_, missing):
            for rule in rules:
                if rule["IsEgress"] == outward and _is_rule(stack, address, ids, rule):
                    yield address, rule["SecurityGroupRuleId"]


RULE = "security_group_rule"
"""Type of what `find_foreign_rules` returns."""


def find_foreign_rules(
    session: boto3.Session, stack: Stack, adopted: Collection[str], ids: Mapping[str, str]
) -> list[Leftover]:
    """Returns the rules of adopted security groups that the stack does not declare.

    Each new group lets everything out (VPC user guide, "Default rules"). Terraform takes that rule away when it makes
    a group, and when it imports one it does not.
    """
    groups = {ids[address] for address in stack.of_type("aws_security_group", adopted)}
    declared = [one for type_ in _RULES for one in stack.of_type(type_, stack.addresses)]
    return [
        Leftover(type=RULE, id=rule["SecurityGroupRuleId"], found_by="name", detail=rule["GroupId"])
        for rule in (_rules_of(session, groups) if groups else [])
        if not any(_is_rule(stack, address, ids, rule) for address in declared)
    ]


def revoke(session: boto3.Session, rules: Collection[Leftover]) -> None:
    """Takes rules out of their security groups.

    Raises:
        botocore.exceptions.ClientError: One cannot be taken out.
    """
    ec2 = session.client("ec2")
    for rule in rules:
        for is_ in ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule.id])["SecurityGroupRules"]:
            take = ec2.revoke_security_group_egress if is_["IsEgress"] else ec2.revoke_security_group_ingress
            take(GroupId=is_["GroupId"], SecurityGroupRuleIds=[rule.id])


def _routes(
    session: boto3.Session, stack: Stack, missing: Collection[str], ids: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    tables = [ids[address] for address in stack.of_type("aws_route_table", ids)]
    if not tables:
        return
    which = [{"Name": "route-table-id", "Values": tables}]
    listed = _pages(session, "describe_route_tables", "RouteTables", which)
    routes = {(one["RouteTableId"], route.get("DestinationCidrBlock")) for one in listed for route in one["Routes"]}
    subnets = {(one["RouteTableId"], link.get("SubnetId")) for one in listed for link in one["Associations"]}
    for address in stack.of_type("aws_route", missing):
        table, destination = (stack.text(address, key, ids) for key in ("route_table_id", "destination_cidr_block"))
        if (table, destination) in routes:
            yield address, f"{table}_{destination}"
    for address in stack.of_type("aws_route_table_association", missing):
        table, subnet = (stack.text(address, key, ids) for key in ("route_table_id", "subnet_id"))
        if (table, subnet) in subnets:
            yield address, f"{subnet}/{table}"


def _permissions(
    session: boto3.Session, stack: Stack, missing: Collection[str], ids: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for address in stack.of_type("aws_lambda_permission", missing):
        function, statement = (stack.text(address, key, ids) for key in ("function_name", "statement_id"))
        if function in ids.values():
            try:
                policy = json.loads(session.client("lambda").get_policy(FunctionName=str(function))["Policy"])
            except ClientError as error:
                if error.response["Error"]["Code"] != "ResourceNotFoundException":
                    raise
                continue
            if statement in {one.get("Sid") for one in policy["Statement"]}:
                yield address, f"{function}/{statement}"


def _rules_of(session: boto3.Session, groups: Collection[str]) -> list[dict[str, Any]]:
    which = [{"Name": "group-id", "Values": sorted(groups)}]
    return _pages(session, "describe_security_group_rules", "SecurityGroupRules", which)


def _is_rule(stack: Stack, address: str, ids: Mapping[str, str], rule: Mapping[str, Any]) -> bool:
    declared = (
        _RULES[address.partition(".")[0]],
        stack.text(address, "security_group_id", ids),
        stack.value(address, "ip_protocol"),
        stack.value(address, "from_port"),
        stack.value(address, "to_port"),
        stack.value(address, "cidr_ipv4"),
        stack.text(address, "referenced_security_group_id", ids),
    )
    return declared == (
        rule["IsEgress"],
        rule["GroupId"],
        rule["IpProtocol"],
        rule.get("FromPort"),
        rule.get("ToPort"),
        rule.get("CidrIpv4"),
        (rule.get("ReferencedGroupInfo") or {}).get("GroupId"),
    )


def _pages(session: boto3.Session, operation: str, items: str, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ec2: Any = session.client("ec2")
    return [item for page in ec2.get_paginator(operation).paginate(Filters=filters) for item in page[items]]
