"""Finish: package what was encoded, prove that it plays, publish it."""

import json
from dataclasses import dataclass
from pathlib import Path

from lib.contracts.media import FileChecksum, Package
from lib.worker.evidence import anchor
from lib.worker.intents import declare
from lib.worker.media import checksums, package, thumbnails, verify
from lib.worker.steps.parts import AudioParts, EncodedParts, VideoParts
from lib.worker.steps.rights import check_rights
from lib.worker.steps.work import Completion, Work
from lib.worker.store import RenditionRow

CHECKSUMS = "checksums.json"
POSTER = "poster.jpg"
MARGIN = 1.2
"""For manifests, poster and thumbnails; the package shares its files with the parts."""


@dataclass(frozen=True)
class _Encoded:
    video: VideoParts
    audio: AudioParts | None


def finish(work: Work) -> Completion:
    """Packages, verifies, checks rights, uploads to a prefix of this attempt's own; publishing then points to it.

    Raises:
        HeldError: `RIGHTS_MISSING`.
        RetryError: `DISK_FULL`, `VERIFICATION_FAILED`, or what ffmpeg ran into.
        CancelledError: The work was told to stop.
    """
    claim, tools = work.claim, work.tools
    bucket = tools.settings.processed_bucket
    tools.scratch.drop_source()
    encoded = _encoded(work)
    parts = _download(work, encoded)
    work.report(0.3)

    folder = work.folder / "published"
    folder.mkdir()
    packaged = package(
        encoded.video.video,
        encoded.audio.audio if encoded.audio else (),
        encoded.audio.subtitles if encoded.audio else (),
        parts=parts,
        folder=folder,
    )
    thumbnails(encoded.video.video, parts=parts, folder=folder, cancel=work.cancel)
    work.report(0.5)
    verify(folder, tools.store.media_info(claim.job_id), packaged, cancel=work.cancel)
    files = checksums(folder, cancel=work.cancel)
    listing = {path: checksum.model_dump() for path, checksum in files.items()}
    (folder / CHECKSUMS).write_text(json.dumps(listing, indent=2))
    work.report(0.7)

    check = check_rights(work)
    prefix = f"titles/{claim.job.content.id}/{claim.job_id}/{claim.token}/"
    declare(tools.objects, bucket, parts_prefix=work.parts_prefix, title_prefix=prefix)
    tools.objects.upload_folder(folder, bucket, prefix, cancel=work.cancel)

    def complete() -> None:
        tools.store.publish(
            claim, prefix=f"s3://{bucket}/{prefix}", renditions=_renditions(packaged, files), checks=[check]
        )
        anchor(tools.store, tools.objects, tools.settings.evidence_bucket)

    return complete


def _encoded(work: Work) -> _Encoded:
    results = [
        EncodedParts.validate_python(segment.result) for segment in work.tools.store.encode_results(work.claim.job_id)
    ]
    (video,) = (parts for parts in results if isinstance(parts, VideoParts))
    return _Encoded(video, next((parts for parts in results if isinstance(parts, AudioParts)), None))


def _download(work: Work, encoded: _Encoded) -> Path:
    """All parts in one folder."""
    objects, bucket = work.tools.objects, work.tools.settings.processed_bucket
    prefixes = [parts.prefix for parts in (encoded.video, encoded.audio) if parts is not None]
    work.tools.scratch.require(int(MARGIN * sum(objects.size(bucket, prefix) for prefix in prefixes)))
    folder = work.folder / "parts"
    folder.mkdir()
    for prefix in prefixes:
        objects.download_folder(bucket, prefix, folder, cancel=work.cancel)
    return folder


def _renditions(packaged: Package, files: dict[str, FileChecksum]) -> list[RenditionRow]:
    tracks = [
        RenditionRow(
            name=f"{track.kind}-{track.name}",
            kind=track.kind,
            path=track.path,
            bytes=track.bytes,
            sha256=files[track.path].sha256,
            codec=track.codec,
            width=track.width,
            height=track.height,
            bitrate_kbps=round(track.average_bandwidth / 1000),
            frames=track.frames,
            duration_seconds=track.duration_seconds,
            language=track.language,
        )
        for track in packaged.tracks
    ]
    poster = files[POSTER]
    return [*tracks, RenditionRow("poster", "image", POSTER, poster.bytes, poster.sha256)]
