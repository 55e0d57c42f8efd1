"""What `open` shows."""

from pydantic import BaseModel
from rich.console import Console


class Opened(BaseModel):
    """Of `open`.

    Attributes:
        job_id: The video's job.
        content_id: The title.
        url: Where it plays.
    """

    job_id: str
    content_id: str
    url: str


def render_opened(console: Console, result: Opened) -> None:
    """Draws where the video plays."""
    console.print(f"{result.content_id} plays at {result.url}", markup=False, soft_wrap=True)
