"""SNS topics: encrypted, TLS only, each open to the services that publish to it and no other."""

import json
from collections.abc import Mapping
from typing import Any

from lib.cdk import Construct, SnsTopic, SnsTopicPolicy
from lib.encryption import Encryption
from lib.naming import Naming, ResourceName
from lib.tags import data_class


class Topic(Construct):
    """A standard topic.

    Args:
        naming: Names of the environment.
        name: Name of the topic.
        encryption: Key that encrypts the messages.
        publishers: Service principals that may publish, each with the pattern of this account's ARNs on whose
            behalf. Roles of the account publish by their own policies.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        name: ResourceName,
        encryption: Encryption,
        publishers: Mapping[str, str],
    ) -> None:
        super().__init__(scope, id)
        topic = SnsTopic(
            self,
            "topic",
            name=naming.of(name),
            kms_master_key_id=encryption.key_arn,
            tags=data_class("internal"),
        )
        self.arn = str(topic.arn)
        self.policy = SnsTopicPolicy(
            self,
            "policy",
            arn=topic.arn,
            policy=json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        self._tls_only(),
                        *(self._publish(service, arn) for service, arn in publishers.items()),
                    ],
                }
            ),
        )

    def _tls_only(self) -> dict[str, Any]:
        return {
            "Sid": "DenyWithoutTls",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }

    def _publish(self, service: str, source_arn: str) -> dict[str, Any]:
        return {
            "Sid": service.partition(".")[0].capitalize() + "MayPublish",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": self.arn,
            "Condition": {"ArnLike": {"aws:SourceArn": source_arn}},
        }
