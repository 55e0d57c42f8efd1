"""The rotation function as a resource: package, role, log, dead letters."""

from collections.abc import Sequence

from lib.cdk import (
    AssetType,
    Construct,
    LambdaFunction,
    LambdaFunctionDeadLetterConfig,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaPermission,
    TerraformAsset,
)
from lib.database import Database
from lib.encryption import Encryption
from lib.iam import ServiceRole, Statement
from lib.logs import log_group
from lib.naming import Naming
from lib.place import Place
from lib.queue import DeadLetterQueue
from lib.rotation.package import archive, archive_hash
from lib.tags import data_class

RUNTIME = "python3.13"
ROTATE = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)
TIMEOUT_SECONDS = 120
"""Longer than a paused cluster takes to resume."""


class RotationFunction(Construct):
    """The Lambda function that Secrets Manager calls to rotate database credentials.

    It has no reserved concurrency: two secrets need none, and a reservation is refused where it would leave
    the account less than its unreserved minimum (a new account has no more than that).

    Args:
        naming: Names of the environment.
        place: Account and region.
        database: Cluster whose passwords it sets.
        encryption: Key of the secrets, the log, the environment and the dead letters.
        secret_arns: Secrets that it may rotate.
        log_retention_days: Retention of its log.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        database: Database,
        encryption: Encryption,
        secret_arns: Sequence[str],
        log_retention_days: int,
    ) -> None:
        super().__init__(scope, id)
        self.name = naming.of("rotation-function")
        arn = place.arn("lambda", f"function:{self.name}")
        log = log_group(
            self,
            "log",
            name=f"/aws/lambda/{self.name}",
            encryption=encryption,
            retention_days=log_retention_days,
        )
        dead_letters = DeadLetterQueue(
            self,
            "dead-letters",
            naming=naming,
            place=place,
            name="rotation-dead-letter-queue",
            encryption=encryption,
        )
        self.alarms = dead_letters.alarms
        role = ServiceRole(self, "role", name=naming.of("rotation-function-role"), service="lambda.amazonaws.com")
        role.allow("write-log", Statement(("logs:CreateLogStream", "logs:PutLogEvents"), [f"{log.arn}:*"]))
        role.allow(
            "rotate-secrets",
            Statement(ROTATE, secret_arns, {"StringEquals": {"secretsmanager:resource/AllowRotationLambdaArn": arn}}),
            # GetRandomPassword has no resource (IAM service authorization reference).
            Statement(("secretsmanager:GetRandomPassword",), ["*"]),
            Statement(("secretsmanager:GetSecretValue",), [database.owner_secret_arn]),
            encryption.statement_encrypt("secretsmanager"),
        )
        role.allow("set-passwords", Statement(("rds-data:ExecuteStatement",), [database.cluster_arn]))
        role.allow("read-environment", encryption.statement_decrypt("lambda"))
        dead_letters.grant_send(role)
        function = LambdaFunction(
            self,
            "function",
            function_name=self.name,
            description="Rotates the database passwords of the application and the operators",
            filename=TerraformAsset(self, "package", path=str(archive()), type=AssetType.FILE).path,
            source_code_hash=archive_hash(),
            handler="handler.handler",
            runtime=RUNTIME,
            architectures=["arm64"],
            memory_size=256,
            timeout=TIMEOUT_SECONDS,
            role=role.arn,
            kms_key_arn=encryption.key_arn,
            environment=LambdaFunctionEnvironment(
                variables={
                    "CLUSTER_ARN": database.cluster_arn,
                    "DATABASE_NAME": database.name,
                    "OWNER_SECRET_ARN": database.owner_secret_arn,
                }
            ),
            dead_letter_config=LambdaFunctionDeadLetterConfig(target_arn=dead_letters.arn),
            logging_config=LambdaFunctionLoggingConfig(log_format="JSON", log_group=log.name),
            # Lambda checks at once that the role may send to the dead-letter queue.
            depends_on=[log, *role.policies],
            tags=data_class("secret"),
        )
        self.arn = str(function.arn)
        permission = LambdaPermission(
            self,
            "permission",
            statement_id="secrets-manager",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="secretsmanager.amazonaws.com",
            source_account=place.account_id,
        )
        self.ready = [permission]
        """What must stand before Secrets Manager can call the function."""
