"""Land: a video that came through the stream goes to the raw bucket, before the stream forgets it."""

from lib.contracts.records import StreamLocation
from lib.worker.errors import RejectedError
from lib.worker.scratch import verify
from lib.worker.steps.work import Completion, Work


def land(work: Work) -> Completion:
    """Reads the chunks, verifies what they make, uploads it to `landed/JOB_ID/FILE_NAME`.

    Raises:
        RejectedError: `CHUNKS_MISSING`, `SIZE_MISMATCH`, `CHECKSUM_MISMATCH`, `SOURCE_MISSING`.
        RetryError: `DISK_FULL`.
        CancelledError: The work was told to stop.
    """
    claim, tools = work.claim, work.tools
    job, source = claim.job, claim.job.source
    if not isinstance(source, StreamLocation) or source.stream != tools.settings.stream_name:
        raise RejectedError("SOURCE_MISSING", "The video is not in this environment's stream.")
    tools.scratch.drop_source()
    tools.scratch.require(2 * job.size)
    path = work.folder / "video"
    digest = tools.stream.assemble(source, path, cancel=work.cancel)
    verify(path, size=job.size, sha256=job.sha256, digest=digest)
    work.report(0.5)
    raw = tools.objects.upload(
        path, tools.settings.raw_bucket, f"landed/{claim.job_id}/{job.file_name}", cancel=work.cancel
    )
    return lambda: tools.store.complete_land(claim, raw)
