"""`python -m lib.worker worker|migrate|housekeep`: the tasks that run on ECS."""

import logging
import os
import signal
import sys
from contextlib import closing

from lib.worker import logs
from lib.worker.assembly import app_database, client, make_consumer, make_housekeeping
from lib.worker.settings import HousekeepingSettings, MigrationSettings, Settings

logger = logging.getLogger(__name__)


def run_worker() -> int:
    """Works until SIGTERM or SIGINT."""
    settings = Settings.model_validate(dict(os.environ))
    with closing(app_database(settings)) as database:
        consumer = make_consumer(settings, database)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: consumer.stop())
        consumer.run()
    return 0


def run_migrate() -> int:
    """Migrates the database and sets its logins."""
    from lib.worker.migrate import migrate  # noqa: PLC0415 - brings SQLAlchemy, which no worker needs

    settings = MigrationSettings.model_validate(dict(os.environ))
    migrate(
        settings.database(settings.owner_secret_arn),
        app_secret_arn=settings.app_secret_arn,
        operator_secret_arn=settings.operator_secret_arn,
        secrets=client(settings, "secretsmanager"),
    )
    return 0


def run_housekeep() -> int:
    """Mends once what was lost. Returns 1 if a part of it failed."""
    settings = HousekeepingSettings.model_validate(dict(os.environ))
    with closing(app_database(settings)) as database:
        return 0 if make_housekeeping(settings, database).run() else 1


TASKS = {"worker": run_worker, "migrate": run_migrate, "housekeep": run_housekeep}


def main() -> int:
    """Runs the task that the first argument names. Returns its exit code."""
    logs.configure()
    if len(sys.argv) != 2 or sys.argv[1] not in TASKS:
        logger.error("Usage: python -m lib.worker %s", "|".join(TASKS))
        return 2
    try:
        return TASKS[sys.argv[1]]()
    except Exception:
        logger.exception("The task %s failed", sys.argv[1])
        return 1


if __name__ == "__main__":
    sys.exit(main())
