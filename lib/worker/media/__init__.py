"""Everything that is done with ffmpeg: look at a video, encode it, package it, prove that it plays.

In the order of use: `probe`, `sanity_decode`, `plan_renditions`; `encode_video`, `encode_audio`,
`extract_subtitles` into a folder of parts; `package`, `thumbnails`, `verify`, `checksums` on the folder that is
published. Sources are hostile: they are only ever opened by contained child processes (see `process`).
"""

from lib.worker.media.audio import encode_audio as encode_audio
from lib.worker.media.packaging import package as package
from lib.worker.media.planning import plan_renditions as plan_renditions
from lib.worker.media.probing import probe as probe, sanity_decode as sanity_decode
from lib.worker.media.subtitles import extract_subtitles as extract_subtitles
from lib.worker.media.thumbnails import thumbnails as thumbnails
from lib.worker.media.verification import checksums as checksums, verify as verify
from lib.worker.media.video import encode_video as encode_video
