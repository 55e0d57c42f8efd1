"""The environment's one customer-managed key, and who may use it."""

import json
from functools import cached_property
from typing import Any

from lib.cdk import Construct, KmsAlias, KmsKey
from lib.iam import ServiceRole, Statement
from lib.naming import Naming
from lib.place import Place
from lib.tags import data_class

USE_DATA_KEYS = ["kms:Decrypt", "kms:GenerateDataKey"]


class Encryption(Construct):
    """A KMS key with yearly rotation, its alias and its key policy.

    Args:
        naming: Names of the environment.
        place: Account and region.
    """

    def __init__(self, scope: Construct, id: str, *, naming: Naming, place: Place) -> None:
        super().__init__(scope, id)
        self._place = place
        name = naming.of("kms-key")
        self._key = KmsKey(
            self,
            "key",
            description=f"Everything of the environment {naming.suffix}",
            enable_key_rotation=True,
            deletion_window_in_days=7,
            policy=_key_policy(naming, place),
            tags=data_class("internal", {"Name": name}),
        )
        self._alias = KmsAlias(self, "alias", name=f"alias/{name}", target_key_id=self._key.key_id)

    @cached_property
    def key_arn(self) -> str:
        """ARN of the key."""
        return str(self._key.arn)

    @cached_property
    def alias_arn(self) -> str:
        """ARN of the key's alias."""
        return str(self._alias.arn)

    def statement_decrypt(self, *via: str) -> Statement:
        """Permission to read what the key encrypts.

        Args:
            via: Services through which alone the key may be used, as `sqs` or `secretsmanager`;
                without any, KMS may also be called directly.
        """
        return self._statement(["kms:Decrypt"], via)

    def statement_encrypt(self, *via: str) -> Statement:
        """Permission to write what the key encrypts.

        It includes `kms:Decrypt`: SQS, SNS and S3 multipart uploads decrypt a data key to go on using it.

        Args:
            via: As for `statement_decrypt`.
        """
        return self._statement(USE_DATA_KEYS, via)

    def grant_decrypt(self, role: ServiceRole, *via: str) -> None:
        """Lets a role read what the key encrypts."""
        role.allow("-".join(["decrypt", *via]), self.statement_decrypt(*via))

    def grant_encrypt(self, role: ServiceRole, *via: str) -> None:
        """Lets a role write what the key encrypts."""
        role.allow("-".join(["encrypt", *via]), self.statement_encrypt(*via))

    def _statement(self, actions: list[str], via: tuple[str, ...]) -> Statement:
        services = [f"{service}.{self._place.region}.amazonaws.com" for service in via]
        return Statement(actions, [self.key_arn], {"StringEquals": {"kms:ViaService": services}} if services else {})


def _key_policy(naming: Naming, place: Place) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                _delegate_to_iam(place),
                _log_groups(naming, place),
                _alarms(naming, place),
                _event_rules(),
                *_fargate_storage(naming, place),
            ],
        }
    )


def _service(sid: str, principal: str, actions: list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": principal},
        "Action": actions,
        "Resource": "*",
    }
    return statement | ({"Condition": condition} if condition else {})


def _delegate_to_iam(place: Place) -> dict[str, Any]:
    # Services that act with their caller's permissions (S3, SQS, Kinesis, RDS, Secrets Manager, Lambda) are
    # admitted by the roles' own policies; without this statement the key could never be managed again.
    return {
        "Sid": "DelegateToIam",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{place.account_id}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }


def _log_groups(naming: Naming, place: Place) -> dict[str, Any]:
    names = [
        f"/streamflix/{naming.suffix}/*",
        f"/aws/vendedlogs/pipes/{naming.of('ingest-pipe')}",
        f"/aws/ecs/containerinsights/{naming.of('ecs-cluster')}/*",
        f"/aws/rds/cluster/{naming.of('aurora-cluster')}/*",
        f"/aws/lambda/{naming.of('rotation-function')}",
    ]
    return _service(
        "EncryptLogGroups",
        f"logs.{place.region}.amazonaws.com",
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        # CloudWatch Logs sends no aws:SourceAccount to KMS; the context names account and log group instead.
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [place.arn("logs", f"log-group:{name}") for name in names]}},
    )


def _alarms(naming: Naming, place: Place) -> dict[str, Any]:
    return _service(
        "PublishAlarms",
        "cloudwatch.amazonaws.com",
        USE_DATA_KEYS,
        {
            "StringEquals": {"aws:SourceAccount": place.account_id},
            "ArnLike": {"aws:SourceArn": place.arn("cloudwatch", f"alarm:{naming.alarm('*')}")},
        },
    )


def _event_rules() -> dict[str, Any]:
    # EventBridge sends no aws:SourceAccount or aws:SourceArn to KMS for an encrypted topic, so a condition
    # would drop every event in silence (SNS developer guide, "Key management"); the topic's policy has it.
    return _service("PublishEvents", "events.amazonaws.com", USE_DATA_KEYS)


def _fargate_storage(naming: Naming, place: Place) -> list[dict[str, Any]]:
    cluster = {
        "kms:EncryptionContext:aws:ecs:clusterAccount": place.account_id,
        "kms:EncryptionContext:aws:ecs:clusterName": naming.of("ecs-cluster"),
    }
    return [
        _service(
            "EncryptTaskStorage",
            "fargate.amazonaws.com",
            ["kms:GenerateDataKeyWithoutPlaintext"],
            {"StringEquals": cluster},
        ),
        _service(
            "DecryptTaskStorage",
            "fargate.amazonaws.com",
            ["kms:CreateGrant"],
            {"StringEquals": cluster, "ForAllValues:StringEquals": {"kms:GrantOperations": ["Decrypt"]}},
        ),
    ]
