"""Encode: the picture to all its rungs, or the sound and the subtitles."""

import os
from pathlib import Path

from lib.contracts.media import MediaInfo, VideoRendition
from lib.worker.media import encode_audio, encode_video, extract_subtitles
from lib.worker.steps.parts import AudioParts, EncodedParts, EncodeInput, VideoInput, VideoParts
from lib.worker.steps.work import Completion, Work

AUDIO_BYTES_PER_SECOND = 192_000
"""Stereo at 48 kHz and 16 bits, uncompressed: no track takes more."""
MARGIN = 1.2
"""Rate control overshoots on short videos."""


def encode(work: Work) -> Completion:
    """Encodes, and uploads the parts below a prefix that is this attempt's own.

    Raises:
        RejectedError: The video is not what was submitted, or cannot be decoded.
        RetryError: `DISK_FULL`, or what ffmpeg ran into.
        CancelledError: The work was told to stop.
    """
    claim, tools = work.claim, work.tools
    task = EncodeInput.validate_python(claim.input)
    source = work.source()
    info = tools.store.media_info(claim.job_id)
    parts = _video(work, source, info, task.renditions) if isinstance(task, VideoInput) else _audio(work, source, info)
    tools.objects.upload_folder(work.folder, tools.settings.processed_bucket, work.parts_prefix, cancel=work.cancel)
    result = EncodedParts.dump_python(parts, mode="json")
    return lambda: tools.store.complete_encode(claim, result)


def _video(work: Work, source: Path, info: MediaInfo, renditions: tuple[VideoRendition, ...]) -> VideoParts:
    kilobits = sum(rendition.bitrate_kbps for rendition in renditions)
    work.tools.scratch.require(int(MARGIN * info.duration_seconds * kilobits * 1000 / 8))
    video = encode_video(
        source,
        info,
        renditions,
        work.folder,
        threads=len(os.sched_getaffinity(0)),
        progress=work.report,
        cancel=work.cancel,
    )
    return VideoParts(prefix=work.parts_prefix, video=video)


def _audio(work: Work, source: Path, info: MediaInfo) -> AudioParts:
    work.tools.scratch.require(int(len(info.audio) * info.duration_seconds * AUDIO_BYTES_PER_SECOND))
    audio = encode_audio(
        source,
        info,
        work.folder,
        loudness_lufs=work.tools.settings.compliance.loudness_lufs,
        progress=work.report,
        cancel=work.cancel,
    )
    subtitles = extract_subtitles(source, info, work.folder, cancel=work.cancel)
    return AudioParts(prefix=work.parts_prefix, audio=audio, subtitles=subtitles)
