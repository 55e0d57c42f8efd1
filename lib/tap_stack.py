"""TapStack: one complete video-processing pipeline. Composition only; each part is a construct of its own."""

from collections.abc import Mapping

from lib.cdk import (
    AwsProvider,
    AwsProviderDefaultTags,
    Construct,
    DataAwsCallerIdentity,
    S3Backend,
    TerraformOutput,
    TerraformStack,
)
from lib.contracts.ladder import ladder_version
from lib.database import Database
from lib.encryption import Encryption
from lib.housekeeping import Housekeeping
from lib.ingestion import Ingestion
from lib.monitoring import Monitoring
from lib.naming import Naming
from lib.network import Network
from lib.operator import OperatorPolicy
from lib.place import Place
from lib.processing import Processing
from lib.profile import Profile
from lib.queue import Queue
from lib.record import EnvironmentRecord
from lib.secrets import Secrets
from lib.storage import Storage
from lib.tags import common_tags

DEFAULT_SUFFIX = "dev"


class TapStack(TerraformStack):
    """The pipeline of one environment.

    Args:
        scope: The CDKTF app.
        id: Name of the stack within the app.
        profile: Everything that distinguishes this environment; by default the defaults of `Profile`.
        environment_suffix: Ending of every name; by default the profile's, else `dev`.
        aws_region: Region; by default the profile's (`us-east-1`).
        default_tags: Tags of every resource, beside the ones the stack sets itself, which win.
        state_bucket: S3 bucket of Terraform's state, locked by S3's native lock file. Without it the caller
            sets the backend, or CDKTF's default (a local file) stands.
        state_bucket_region: Region of that bucket; by default `aws_region`.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        profile: Profile | None = None,
        environment_suffix: str | None = None,
        aws_region: str | None = None,
        default_tags: Mapping[str, str] | None = None,
        state_bucket: str | None = None,
        state_bucket_region: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        profile = profile or Profile()
        suffix = environment_suffix or profile.environment.suffix or DEFAULT_SUFFIX
        region = aws_region or profile.aws.region
        local = profile.aws.endpoint == "local"

        AwsProvider(
            self,
            "aws",
            region=region,
            default_tags=[
                AwsProviderDefaultTags(
                    tags={**(default_tags or {}), **common_tags(profile, suffix=suffix, region=region)}
                )
            ],
            allowed_account_ids=[profile.aws.account_id] if profile.aws.account_id and not local else None,
            # The emulator answers on one host name, and a call that it lacks must fail rather than be retried.
            s3_use_path_style=True if local else None,
            max_retries=2 if local else None,
        )
        naming = Naming(suffix)
        if state_bucket:
            self._keep_state_in(state_bucket, region=state_bucket_region or region, naming=naming)

        place = Place(account_id=DataAwsCallerIdentity(self, "caller").account_id, region=region)
        processing_settings = profile.processing
        log_retention_days = profile.monitoring.log_retention_days

        encryption = Encryption(self, "encryption", naming=naming, place=place)
        network = Network(
            self,
            "network",
            naming=naming,
            place=place,
            settings=profile.network,
            database_port=profile.database.port,
            encryption=encryption,
            log_retention_days=log_retention_days,
        )
        storage = Storage(
            self,
            "storage",
            naming=naming,
            place=place,
            encryption=encryption,
            ephemeral=profile.environment.ephemeral,
            audit_retention_years=profile.compliance.audit_retention_years,
        )
        jobs = Queue(
            self,
            "jobs",
            naming=naming,
            place=place,
            encryption=encryption,
            name="video-jobs-queue",
            dead_letter="video-jobs-dead-letter-queue",
            # A worker renews a doorbell's visibility with every heartbeat; one lease is enough for the first.
            visibility_seconds=processing_settings.lease_seconds,
            # Kills and lost heartbeats count here as well as failures, so this stays above the database's count.
            max_receive_count=3 * processing_settings.max_attempts,
            oldest_message_seconds=profile.monitoring.oldest_message_seconds,
        )
        ingestion = Ingestion(
            self,
            "ingestion",
            naming=naming,
            place=place,
            settings=profile.ingest,
            encryption=encryption,
            jobs=jobs,
            iterator_age_seconds=profile.monitoring.iterator_age_seconds,
            log_retention_days=log_retention_days,
        )
        database = Database(
            self,
            "database",
            naming=naming,
            place=place,
            settings=profile.database,
            network=network,
            encryption=encryption,
            monitoring=profile.monitoring,
        )
        secrets = Secrets(
            self,
            "secrets",
            naming=naming,
            place=place,
            settings=profile.secrets,
            database=database,
            encryption=encryption,
            log_retention_days=log_retention_days,
        )
        processing = Processing(
            self,
            "processing",
            naming=naming,
            place=place,
            profile=profile,
            network=network,
            encryption=encryption,
            storage=storage,
            ingestion=ingestion,
            jobs=jobs,
            database=database,
            secrets=secrets,
        )
        housekeeping = Housekeeping(
            self, "housekeeping", naming=naming, place=place, processing=processing, encryption=encryption
        )
        monitoring = Monitoring(
            self,
            "monitoring",
            naming=naming,
            place=place,
            settings=profile.monitoring,
            encryption=encryption,
            ingestion=ingestion,
            jobs=jobs,
            processing=processing,
            database=database,
            secrets=secrets,
            housekeeping=housekeeping,
        )
        operator = OperatorPolicy(
            self,
            "operator",
            naming=naming,
            place=place,
            encryption=encryption,
            storage=storage,
            ingestion=ingestion,
            jobs=jobs,
            database=database,
            secrets=secrets,
            processing=processing,
        )
        record = EnvironmentRecord(self, "environment", naming=naming, settings=profile.environment)

        self._export(
            environment_suffix=suffix,
            region=region,
            # `destroy` asks the deployed environment, so that a profile edit alone unprotects nothing.
            protected=str(profile.environment.protected).lower(),
            environment_record=record.parameter_name,
            # What a producer must know of the profile that is deployed, which may not be the one in its folder.
            ladder_version=ladder_version(profile.processing.ladder),
            max_streamed_bytes=str(profile.ingest.max_streamed_bytes),
            raw_bucket=storage.raw.name,
            processed_bucket=storage.processed.name,
            stream_name=ingestion.stream_name,
            pipe_name=ingestion.pipe_name,
            pipe_dead_letter_queue_url=ingestion.pipe_dead_letter.url,
            jobs_queue_url=jobs.url,
            jobs_dead_letter_queue_url=jobs.dead_letter.url if jobs.dead_letter else None,
            cluster_name=processing.cluster_name,
            service_name=processing.service_name,
            migrate_task_definition_arn=processing.migrate.arn,
            task_subnet_ids=",".join(processing.subnet_ids),
            task_security_group_id=processing.security_group_id,
            worker_log_group=processing.worker.log_group_name,
            migrate_log_group=processing.migrate.log_group_name,
            housekeep_log_group=processing.housekeep.log_group_name,
            metrics_namespace=processing.metrics_namespace,
            database_cluster_arn=database.cluster_arn,
            database_endpoint=database.endpoint,
            database_name=database.name,
            operator_secret_arn=secrets.operator_secret_arn,
            pseudonym_key_arn=secrets.pseudonym_key_arn,
            audit_key_arn=secrets.audit_key_arn,
            alarms_topic_arn=monitoring.alarms_topic_arn,
            video_events_topic_arn=monitoring.video_events_topic_arn,
            dashboard_name=monitoring.dashboard_name,
            operator_policy_arn=operator.arn,
            kms_key_arn=encryption.key_arn,
            evidence_bucket=storage.evidence.name if storage.evidence else None,
        )

    def _keep_state_in(self, bucket: str, *, region: str, naming: Naming) -> None:
        S3Backend(self, bucket=bucket, key=naming.state_key, region=region, encrypt=True)
        # cdktf 0.21 has no argument for S3's native lock; DynamoDB locking is deprecated.
        self.add_override("terraform.backend.s3.use_lockfile", True)

    def _export(self, **values: str | None) -> None:
        for name, value in values.items():
            if value is not None:
                TerraformOutput(self, name, value=value)
