"""Deleting from a bucket with suspended versioning ends in an internal error where there is a delete marker.

moto then disposes of all versions of the key, and its delete markers cannot be disposed of. Terraform suspends
versioning before it empties a bucket, so a destroy would fail.
"""

from moto.s3.models import FakeDeleteMarker

from streamflix_cli.local.control_plane.patch import add


def dispose(self: FakeDeleteMarker) -> None:
    """Does nothing: a delete marker has no content."""


def apply() -> None:
    """Adds the method."""
    add(FakeDeleteMarker, dispose)
