"""The YAML of a rule file -> plain values; its mistakes with their paths.

Only what rules need of YAML is read: maps, lists and words. A word is a number, true or
false only where it looks like one to everybody (YAML 1.1 would read 010 as eight and 22:00
as 1320). A key that stands twice, a reference to another place and a tag are mistakes.
"""

import re
from typing import Any

import yaml

from kiosk.errors import ConfigError

BYTES_MAX = 64 * 1024
DEPTH_MAX = 8  # a rule file has three levels
ROOT = "rules"
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)\.[0-9]+")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None,
    "true": True, "yes": True, "false": False, "no": False,
}  # fmt: skip
_TAGS = {
    f"tag:yaml.org,2002:{name}"
    for name in (
        "map",
        "seq",
        "str",
        "int",
        "float",
        "bool",
        "null",
        "timestamp",
        "merge",
        "value",
    )
}
_DIGITS_MAX = 18


class _Loader(yaml.SafeLoader):
    """Composes nodes; nesting is limited, and a reference is refused before it is followed."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise self._refused("a reference (*) is not allowed")
        self.depth += 1
        if self.depth > DEPTH_MAX:
            raise self._refused(f"more than {DEPTH_MAX} levels deep")
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1

    def _refused(self, why: str) -> yaml.YAMLError:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # PyYAML's own
        return yaml.MarkedYAMLError(None, None, why, mark)


def read_tree(text: str) -> tuple[dict[str, Any], list[str]]:
    """Return the sections in `text` and the mistakes that do not keep it from being read.

    Raises ConfigError when it cannot be read at all.
    """
    if len(text.encode("utf-8", "surrogatepass")) > BYTES_MAX:
        raise ConfigError([f"{ROOT}: longer than {BYTES_MAX // 1024} kB"])
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except yaml.YAMLError as exc:
        raise ConfigError([f"{ROOT}: not YAML: {_one_line(exc)}"]) from exc
    finally:
        if loader is not None:
            loader.dispose()
    problems: list[str] = []
    tree = _plain(node, ROOT, problems) if node is not None else None
    if not isinstance(tree, dict):
        raise ConfigError([f"{ROOT}: must be keys with values, such as `version: 1`"])
    return tree, problems


def joined(path: str, part: str | int) -> str:
    """Return the path of a key or a place below `path`."""
    return f"{path}[{part}]" if isinstance(part, int) else f"{path}.{part}"


def _plain(node: yaml.Node, path: str, problems: list[str]) -> Any:
    if node.tag not in _TAGS:
        problems.append(f"{path}: {node.tag!r}: rules have no tags")
    match node:
        case yaml.MappingNode(value=pairs):
            return _mapping(pairs, path, problems)
        case yaml.SequenceNode(value=places):
            return [_plain(one, joined(path, n), problems) for n, one in enumerate(places)]
        case yaml.ScalarNode(value=word, style=style):
            return word if style else _word(word)
    return None


def _mapping(
    pairs: list[tuple[yaml.Node, yaml.Node]], path: str, problems: list[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if not isinstance(key, yaml.ScalarNode):
            problems.append(f"{path}: a key must be a word")
            continue
        name = str(key.value)
        if name in found:
            problems.append(f"{joined(path, name)}: stands twice")
            continue
        found[name] = _plain(value, joined(path, name), problems)
    return found


def _word(word: str) -> Any:
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if len(word) <= _DIGITS_MAX and _WHOLE.fullmatch(word):
        return int(word)
    if len(word) <= 2 * _DIGITS_MAX and _DECIMAL.fullmatch(word):
        return float(word)
    return word


def _one_line(exc: yaml.YAMLError) -> str:
    return " ".join(str(exc).replace('in "<unicode string>", ', "").split())
