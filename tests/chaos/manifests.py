"""What a player reaches from a title's manifests."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from tests.chaos.history import StoredObject

ENTRIES = ("master.m3u8", "manifest.mpd")
_URI_ATTRIBUTE = re.compile(r'URI="([^"]*)"')
_SCHEME = "s3://"
_MPD = "{urn:mpeg:dash:schema:mpd:2011}"


def reachable(prefix: str, objects: Mapping[str, StoredObject]) -> frozenset[str]:
    """URIs that the manifests of a published prefix lead to, themselves included, whether or not they exist.

    Args:
        prefix: As `s3://BUCKET/PREFIX/`.
        objects: What there is, by URI.
    """
    found: set[str] = set()
    left = [prefix + entry for entry in ENTRIES]
    while left:
        uri = left.pop()
        if uri in found:
            continue
        found.add(uri)
        text = objects[uri].text if uri in objects else None
        if text is not None:
            left += [_resolve(uri, reference) for reference in _references(uri, text)]
    return frozenset(found)


def _references(uri: str, text: str) -> Iterator[str]:
    if uri.endswith(".m3u8"):
        for line in text.splitlines():
            if line.startswith("#"):
                yield from _URI_ATTRIBUTE.findall(line)
            elif line:
                yield line
    elif uri.endswith(".mpd"):
        for element in ET.fromstring(text).iter(f"{_MPD}BaseURL"):
            yield element.text or ""


def _resolve(base: str, reference: str) -> str:
    # `urljoin` resolves what is relative for the schemes that it knows.
    resolved = urljoin(base.replace(_SCHEME, "http://", 1), reference)
    return resolved.replace("http://", _SCHEME, 1)
