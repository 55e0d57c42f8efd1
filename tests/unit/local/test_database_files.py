import os
import stat
from pathlib import Path

import pytest
from cryptography import x509

from streamflix_cli.local.database.account import can_enter, write_private
from streamflix_cli.local.database.certificates import Authority
from streamflix_cli.local.database.registry import Listener, Registry


def listener(address: str = "127.1.2.3") -> Listener:
    return Listener(address=address, port=5432, ca="/ca.pem", endpoint="db.example", state="starting")


def test_the_authority_stays_the_same_and_its_key_private(tmp_path: Path) -> None:
    first = Authority(tmp_path).path.read_bytes()
    assert Authority(tmp_path).path.read_bytes() == first
    assert stat.S_IMODE((tmp_path / "ca.key").stat().st_mode) == 0o600


@pytest.mark.parametrize("damaged", ["ca.pem", "ca.key"])
@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_damaged_authority_is_made_anew(tmp_path: Path, damaged: str, content: bytes | None) -> None:
    before = Authority(tmp_path).path.read_bytes()
    path = tmp_path / damaged
    path.unlink() if content is None else path.write_bytes(content)
    assert Authority(tmp_path).path.read_bytes() != before


def test_a_key_of_another_authority_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    Authority(tmp_path / "other")
    before = Authority(tmp_path).path.read_bytes()
    (tmp_path / "ca.key").write_bytes((tmp_path / "other" / "ca.key").read_bytes())
    assert Authority(tmp_path).path.read_bytes() != before


def test_a_server_certificate_is_made_out_for_its_names_and_signed(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    pem, _ = authority.issue("a.example", "b.example")
    certificate = x509.load_pem_x509_certificate(pem)
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(authority.path.read_bytes()))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["a.example", "b.example"]
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_the_registry_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "databases.json"
    Registry(path).write({"arn": listener()})
    assert Registry(path).read() == {"arn": listener()}


@pytest.mark.parametrize("content", [None, "", "{", '{"arn": {"address": "127.0.0.1"}}'])
def test_an_unreadable_registry_holds_nothing(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "databases.json"
    if content is not None:
        path.write_text(content)
    assert Registry(path).read() == {}


def test_the_registry_is_written_on_change_only(tmp_path: Path) -> None:
    path = tmp_path / "databases.json"
    registry = Registry(path)
    registry.write({"arn": listener()})
    first = path.stat().st_ino
    registry.write({"arn": listener()})
    assert path.stat().st_ino == first
    registry.write({"arn": listener("127.3.2.1")})
    assert Registry(path).read() == {"arn": listener("127.3.2.1")}


def test_a_link_in_a_private_files_place_is_replaced_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_bytes(b"untouched")
    path = tmp_path / "server.key"
    path.symlink_to(outside)
    write_private(path, b"secret")
    assert outside.read_bytes() == b"untouched"
    assert path.read_bytes() == b"secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_a_folder_below_a_closed_one_cannot_be_entered(tmp_path: Path) -> None:
    assert can_enter(Path("/usr"))
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "open").mkdir(mode=0o755)
    assert not can_enter(closed / "open")
