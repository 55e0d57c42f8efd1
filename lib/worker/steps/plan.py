"""Plan: is it the video that was submitted, does it play, and what is made of it."""

import logging

from lib.contracts.ladder import ladder_version
from lib.worker.media import plan_renditions, probe, sanity_decode
from lib.worker.steps.parts import AudioInput, VideoInput
from lib.worker.steps.rights import check_rights
from lib.worker.steps.work import Completion, Work

logger = logging.getLogger(__name__)


def plan(work: Work) -> Completion:
    """Verifies and probes the source, checks rights, lays out the encode tasks.

    Raises:
        RejectedError: The video is not what was submitted, or not one.
        HeldError: `RIGHTS_MISSING`.
        RetryError: `DISK_FULL`.
        CancelledError: The work was told to stop.
    """
    claim, tools = work.claim, work.tools
    source = work.source()
    work.report(0.5)
    info = probe(source, cancel=work.cancel)
    sanity_decode(source, info, cancel=work.cancel)
    check_rights(work)
    ladder = tools.settings.processing.ladder
    if ladder_version(ladder) != claim.job.ladder_version:
        logger.warning("The ladder has changed since the video was submitted; today's is used")
    tasks: list[VideoInput | AudioInput] = [VideoInput(renditions=plan_renditions(info, ladder))]
    if any(track.decodable for track in info.audio) or any(track.text for track in info.subtitles):
        tasks.append(AudioInput())
    logger.info(
        "%.1f s of %s, %dx%d; encode tasks: %d",
        info.duration_seconds,
        info.video.codec,
        info.video.display_width,
        info.video.display_height,
        len(tasks),
    )
    inputs = [task.model_dump(mode="json") for task in tasks]
    return lambda: tools.store.complete_plan(claim, info, inputs)
