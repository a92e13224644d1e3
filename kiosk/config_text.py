"""The text of config.yaml: its sections, and where each key stands in it.

Of a key that stands twice YAML would take the last, without a word: here it is a mistake.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from kiosk.errors import ConfigError

Lines = dict[str, int]


@dataclass(frozen=True, slots=True)
class Text:
    """Sections as they were written, and the line of each `section` and `section.key`."""

    sections: dict[str, Any]
    lines: Lines


def read_text(text: str) -> Text:
    """Return what stands in a YAML text. Raises ConfigError with what is wrong with it."""
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        tree = None if root is None else loader.construct_document(root)
    except yaml.YAMLError as exc:
        raise ConfigError([f"config: not YAML: {' '.join(str(exc).split())}"]) from exc
    except RecursionError as exc:
        raise ConfigError(["config: not YAML: brackets within brackets, too many"]) from exc
    if tree is None:
        return Text({}, {})
    if not isinstance(tree, dict) or not isinstance(root, yaml.MappingNode):
        raise ConfigError(["config: must be sections with keys, such as `site:`"])
    return Text({k: {} if v is None else v for k, v in tree.items()}, _lines_of(root))


def placed(problem: str, lines: Lines, variables: Mapping[str, str]) -> str:
    """Return a problem with where it can be mended: a variable, or the line of its key."""
    path = problem.partition(": ")[0]
    known = {**lines, **variables}
    while path and path not in known:
        path = path.rpartition(".")[0]
    if not path:
        return problem
    place = variables.get(path) or f"line {lines[path]}"
    return f"{problem} ({place})"


def _lines_of(root: yaml.MappingNode) -> Lines:
    """Return the line of each key. Raises ConfigError for those that stand twice."""
    lines: Lines = {}
    problems = []
    for path, line in _keys(root):
        if path in lines:
            problems.append(f"{path}: stands twice, on lines {lines[path]} and {line}")
        lines.setdefault(path, line)
    if problems:
        raise ConfigError(problems)
    return lines


def _keys(root: yaml.MappingNode) -> Iterator[tuple[str, int]]:
    """Yield each section and each key in one, with its line."""
    for section, part in root.value:
        yield str(section.value), section.start_mark.line + 1
        if isinstance(part, yaml.MappingNode):
            for key, _ in part.value:
                yield f"{section.value}.{key.value}", key.start_mark.line + 1
