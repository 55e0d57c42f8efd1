"""`CreateStream` ignores the tags that it is given."""

from typing import Any

from moto.kinesis.responses import KinesisResponse

from streamflix_cli.local.control_plane.patch import Method, wrap


def _with_tags(create: Method) -> Method:
    def create_stream(self: KinesisResponse) -> object:
        answer: Any = create(self)
        tags = self._get_param("Tags")
        if tags:
            self.kinesis_backend.add_tags_to_stream(None, self._get_param("StreamName"), tags)
        return answer

    return create_stream


def apply() -> None:
    """Adds the tags to the new stream."""
    wrap(KinesisResponse, "create_stream", _with_tags)
