"""What a person needs to work with a running pipeline."""

from lib.cdk import Construct, IamPolicy
from lib.database import Database
from lib.encryption import Encryption
from lib.iam import Statement, policy_document
from lib.ingestion import Ingestion
from lib.naming import Naming
from lib.place import Place
from lib.processing import Processing
from lib.queue import Queue
from lib.secrets import Secrets
from lib.storage import Storage
from lib.tags import data_class

READ_QUEUE = ("sqs:GetQueueAttributes",)
TAKE_MESSAGES = ("sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage")

USE_DATA_API = (
    "rds-data:BatchExecuteStatement",
    "rds-data:BeginTransaction",
    "rds-data:CommitTransaction",
    "rds-data:ExecuteStatement",
    "rds-data:RollbackTransaction",
)


class OperatorPolicy(Construct):
    """A managed policy for `ingest`, `jobs`, `logs`, `status` and `open`; attach it to people's roles.

    It reads the database as the role `operator` through the Data API, never as owner or application, and
    neither deploys nor destroys anything. The audit key is not in it: who verifies the audit trail needs a
    permission of their own, and who writes to the trail could otherwise forge it.

    Args:
        naming: Names of the environment.
        place: Account and region.
        encryption: Key of everything that is read and written.
        storage: Raw bucket to write, processed bucket to read.
        ingestion: Stream to put submissions into.
        jobs: Queue to look at, and dead letters to redrive.
        database: Cluster to query.
        secrets: The operator role's credentials.
        processing: Cluster and logs to look at.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        naming: Naming,
        place: Place,
        encryption: Encryption,
        storage: Storage,
        ingestion: Ingestion,
        jobs: Queue,
        database: Database,
        secrets: Secrets,
        processing: Processing,
    ) -> None:
        super().__init__(scope, id)
        queues = [jobs, ingestion.pipe_dead_letter, *([jobs.dead_letter] if jobs.dead_letter else [])]
        statements = [
            # ingest
            ingestion.statement_put(),
            *storage.raw.statement_read(),
            *storage.raw.statement_write(),
            encryption.statement_encrypt("kinesis", "sqs"),
            # open
            *storage.processed.statement_read(),
            # jobs
            Statement(USE_DATA_API, [database.cluster_arn]),
            # and says who did it, by pseudonym
            Statement(("secretsmanager:GetSecretValue",), [secrets.operator_secret_arn, secrets.pseudonym_key_arn]),
            encryption.statement_decrypt("secretsmanager"),
            Statement(READ_QUEUE, [queue.arn for queue in queues]),
            # redriving takes a dead letter and rings again
            Statement(TAKE_MESSAGES, [queue.arn for queue in queues[:1] + queues[2:]]),
            # logs
            Statement(("logs:FilterLogEvents",), [f"{task.log_group_arn}:*" for task in processing.tasks]),
            # status
            Statement(
                ("ecs:DescribeClusters", "ecs:DescribeServices", "ecs:DescribeTasks"),
                [
                    processing.cluster_arn,
                    place.arn("ecs", f"service/{processing.cluster_name}/{processing.service_name}"),
                    place.arn("ecs", f"task/{processing.cluster_name}/*"),
                ],
            ),
            # ListTasks has no resource but a container instance; the cluster restrains it.
            Statement(("ecs:ListTasks",), ["*"], {"ArnEquals": {"ecs:cluster": processing.cluster_arn}}),
            Statement(("rds:DescribeDBClusters",), [database.cluster_arn]),
            Statement(("pipes:DescribePipe",), [place.arn("pipes", f"pipe/{ingestion.pipe_name}")]),
            Statement(("ssm:GetParameter",), [place.arn("ssm", f"parameter{naming.parameter_path}")]),
            # Alarms are listed by prefix, which IAM takes for all of them.
            Statement(("cloudwatch:DescribeAlarms",), [place.arn("cloudwatch", "alarm:*")]),
            # GetMetricData has no resource (IAM service authorization reference).
            Statement(("cloudwatch:GetMetricData",), ["*"]),
        ]
        policy = IamPolicy(
            self,
            "policy",
            name=naming.of("operator-policy"),
            description=f"Submits videos to {naming.suffix} and follows them",
            policy=policy_document(*statements),
            tags=data_class("internal"),
        )
        self.arn = str(policy.arn)
