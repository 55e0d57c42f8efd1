"""Names of resources are built in `lib/naming.py` alone: what is built twice is one day built in two ways."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from lib.naming import RESOURCE_NAMES

ROOT = Path(__file__).parents[3]
NAMING = "lib/naming.py"

NO_NAMES = {
    ("lib/network.py", "f'nat-address-{number}'"),  # identifiers of constructs
    ("lib/network.py", "f'nat-gateway-{number}'"),
    # The sweep looks for what might be the environment's; tags and `Naming` then decide.
    ("streamflix_cli/deploy/sweep/probers/cloudwatch.py", "f'-{search.naming.suffix}'"),
    ("streamflix_cli/deploy/sweep/probers/ec2.py", "f'{resource}-*{search.naming.suffix}'"),
    ("streamflix_cli/deploy/sweep/probers/secrets.py", "f'-{naming.suffix}'"),
}


def pieces(node: ast.AST) -> list[ast.expr]:
    """What a text is put together from: by an f-string, `+`, `%`, `format` or `join`."""
    match node:
        case ast.JoinedStr(values):
            return [one.value if isinstance(one, ast.FormattedValue) else one for one in values]
        case ast.BinOp(left, ast.Add(), right):
            return [*(pieces(left) or [left]), *(pieces(right) or [right])]
        case ast.BinOp(ast.Constant(str()) as left, ast.Mod(), right):
            return [left, *(right.elts if isinstance(right, ast.Tuple) else [right])]
        case ast.Call(ast.Attribute(ast.Constant(str()) as left, "format"), arguments, keywords):
            return [left, *arguments, *(keyword.value for keyword in keywords)]
        case ast.Call(ast.Attribute(ast.Constant("-"), "join"), [ast.List(parts) | ast.Tuple(parts)]):
            return [part for one in parts for part in (one, ast.Constant("-"))][:-1]
    return []


def is_suffix(node: ast.expr) -> bool:
    return "suffix" in (getattr(node, "attr", ""), getattr(node, "id", ""))


def builds_a_name(node: ast.AST) -> bool:
    """Whether a resource's type and more, or a hyphen and an environment's suffix, are put together."""
    parts = pieces(node)
    for before, after in pairwise(parts):
        text = before.value if isinstance(before, ast.Constant) and isinstance(before.value, str) else ""
        if any(text.rstrip("%s{}").endswith(f"{name}-") for name in RESOURCE_NAMES):
            return True
        if text.rstrip("%s{}*").endswith("-") and is_suffix(after):
            return True
    return False


def built(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if builds_a_name(node):
            yield ast.unparse(node)


def test_no_name_is_built_elsewhere() -> None:
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for package in ("lib", "streamflix_cli")
        for path in (ROOT / package).rglob("*.py")
        for text in built(path)
    }
    assert {one for one in found if one[0] != NAMING} == NO_NAMES


@pytest.mark.parametrize(
    "source",
    [
        "f'kinesis-stream-{suffix}'",
        "f'arn:aws:sqs:eu-west-1:1:video-jobs-queue-{environment}'",
        "f'{resource}-{self.naming.suffix}'",
        "'aurora-cluster-' + suffix",
        "resource + '-' + naming.suffix",
        "'worker-%s' % name",
        "'worker-{}'.format(name)",
        "'-'.join(['worker', suffix])",
    ],
)
def test_a_name_is_noticed_however_it_is_built(source: str) -> None:
    assert any(map(builds_a_name, ast.walk(ast.parse(source))))


@pytest.mark.parametrize(
    "source", ["naming.of('worker')", "'worker-errors'", "f'{what}-rotation'", "f'{name}-{number}'", "f'{suffix}'"]
)
def test_what_is_no_name_is_not(source: str) -> None:
    assert not any(map(builds_a_name, ast.walk(ast.parse(source))))
