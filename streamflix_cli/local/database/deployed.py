"""What RDS and Secrets Manager say is deployed."""

import json
from dataclasses import dataclass
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

ENGINE = "aurora-postgresql"
POSTGRESQL_PORT = 5432


class Credentials(NamedTuple):
    """Name and password of the master user."""

    user: str
    password: str


@dataclass(frozen=True)
class Cluster:
    """A deployed Aurora PostgreSQL cluster.

    Attributes:
        arn: Names it; a later cluster of the same name has the same.
        resource_id: Its own alone, `cluster-…`.
        endpoint: Host name of the writer.
        names: All host names by which clients know it.
        port: Where it is deployed to listen.
        database: The database that it was created with, None for none.
        secret_arn: Secret that RDS keeps for the master user; None where the password was chosen by hand, which
            no API gives back.
        region: Where the secret lies.
    """

    arn: str
    resource_id: str
    endpoint: str
    names: tuple[str, ...]
    port: int
    database: str | None
    secret_arn: str | None
    region: str


class Account:
    """The local account in some regions.

    Args:
        endpoint: URL of the control plane.
        regions: Where clusters are looked for.
    """

    def __init__(self, endpoint: str, regions: tuple[str, ...]) -> None:
        self._endpoint = endpoint
        self._rds = {region: self._client("rds", region) for region in regions}
        self._secrets = {region: self._client("secretsmanager", region) for region in regions}

    def clusters(self) -> list[Cluster]:
        """The Aurora PostgreSQL clusters of all regions.

        Raises:
            botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: Not known now.
        """
        return [
            _cluster(description, region)
            for region, rds in self._rds.items()
            for page in rds.get_paginator("describe_db_clusters").paginate()
            for description in page["DBClusters"]
            if description["Engine"] == ENGINE and description["Status"] != "deleting"
        ]

    def master(self, cluster: Cluster) -> Credentials:
        """The master user's current credentials, from the secret that RDS manages.

        Raises:
            botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError: Not known now.
            LookupError: The cluster has no such secret.
        """
        if cluster.secret_arn is None:
            raise LookupError("its master user's password is not managed by RDS")
        secret = self._secrets[cluster.region].get_secret_value(SecretId=cluster.secret_arn, VersionStage="AWSCURRENT")
        value = json.loads(secret["SecretString"])
        return Credentials(value["username"], value["password"])

    def _client(self, service: str, region: str) -> Any:
        make: Any = boto3.client
        return make(
            service,
            endpoint_url=self._endpoint,
            region_name=region,
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106 -- the control plane takes any
            config=Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 1}),
        )


def _cluster(description: dict[str, Any], region: str) -> Cluster:
    names = (description["Endpoint"], description.get("ReaderEndpoint"))
    return Cluster(
        arn=description["DBClusterArn"],
        resource_id=description["DbClusterResourceId"],
        endpoint=description["Endpoint"],
        names=tuple(name for name in names if name),
        port=description.get("Port", POSTGRESQL_PORT),
        database=description.get("DatabaseName") or None,
        secret_arn=description.get("MasterUserSecret", {}).get("SecretArn"),
        region=region,
    )
