"""A published video, played from its bucket."""

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from threading import Thread
from urllib.parse import urlsplit

import pytest

from streamflix_cli.pipeline.player.server import PlayerServer, Prefix
from tests.integration.pipeline.conftest import Environment
from tests.integration.pipeline.test_jobs import published, submitted

SEGMENT = bytes(range(256)) * 40


@contextmanager
def player(environment: Environment) -> Iterator[PlayerServer]:
    s3, bucket = environment.client("s3"), environment.outputs["processed_bucket"]
    s3.put_object(Bucket=bucket, Key="titles/a/1/master.m3u8", Body=b"#EXTM3U\n")
    s3.put_object(Bucket=bucket, Key="titles/a/1/video/1.m4s", Body=SEGMENT)
    s3.put_object(Bucket=bucket, Key="titles/a/secret.txt", Body=b"secret")
    prefix = Prefix.parse(f"s3://{bucket}/titles/a/1/")
    with PlayerServer(s3, prefix, title="a", description="<script>.mp4") as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_page_player_and_files_are_served(environment: Environment) -> None:
    with player(environment) as server:
        with urllib.request.urlopen(server.url) as page:
            assert page.headers.get_content_type() == "text/html"
            text = page.read()
        assert b"<h1>a</h1>" in text
        assert b"&lt;script&gt;.mp4" in text
        for name in re.findall(r'(?:src|href)="(page\.\w+|hls\S+)"', text.decode()):
            with urllib.request.urlopen(server.url + name) as asset:
                assert asset.headers.get_content_type() in {"text/css", "text/javascript"}
        with urllib.request.urlopen(f"{server.url}master.m3u8") as manifest:
            assert manifest.headers["Content-Type"] == "application/vnd.apple.mpegurl"
            assert manifest.read() == b"#EXTM3U\n"


def test_ranges_are_passed_on(environment: Environment) -> None:
    with player(environment) as server:
        wanted = urllib.request.Request(f"{server.url}video/1.m4s", headers={"Range": "bytes=100-199"})
        with urllib.request.urlopen(wanted) as part:
            assert part.status == 206
            assert part.headers["Content-Range"] == f"bytes 100-199/{len(SEGMENT)}"
            assert part.read() == SEGMENT[100:200]
        beyond = urllib.request.Request(f"{server.url}video/1.m4s", headers={"Range": "bytes=999999-"})
        with pytest.raises(urllib.error.HTTPError, match="416"):
            urllib.request.urlopen(beyond)
        head = urllib.request.Request(f"{server.url}video/1.m4s", method="HEAD")
        with urllib.request.urlopen(head) as told:
            assert told.headers["Content-Length"] == str(len(SEGMENT))
            assert told.read() == b""


@pytest.mark.parametrize(
    "path", ["absent.m4s", "../secret.txt", "%2e%2e/secret.txt", "video/../../secret.txt", "video//1.m4s", "video/"]
)
def test_nothing_but_the_files_below_the_prefix_is_served(environment: Environment, path: str) -> None:
    with player(environment) as server:
        parts = urlsplit(server.url)
        connection = HTTPConnection(str(parts.netloc))
        connection.request("GET", parts.path + path)
        assert connection.getresponse().status == 404
        connection.close()


def test_without_the_address_nothing_is_served(environment: Environment) -> None:
    with player(environment) as server:
        for path in ("", "master.m3u8", "x/master.m3u8"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/{path}")


def test_a_published_video_is_opened_until_ctrl_c_and_noted_in_the_trail(environment: Environment) -> None:
    job = str(published(environment).job_id)
    opened = environment.start("open", job, "--no-browser", "--json")
    url = json.loads(opened.line())["data"]["url"]
    with urllib.request.urlopen(url) as page:
        assert page.status == 200
    assert opened.interrupt().code == 0
    events = environment.streamflix("jobs", "show", job, "--json").data["events"]
    (event,) = [one for one in events if one["action"] == "title.opened"]
    assert event["actor"].startswith("person:")


def test_a_video_that_is_not_published_cannot_be_opened(environment: Environment) -> None:
    job = str(submitted(environment).job_id)
    refused = environment.streamflix("open", job, "--no-browser", "--json")
    assert refused.code == 1
    assert refused.envelope["error"]["code"] == "JOB_STATE"
