"""A YAML reader for files that may be wrong or hostile: no aliases, tags, duplicate keys or ambiguous scalars."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from bxnn.compiler import limits
from bxnn.compiler.config.yaml_scalars import check_scalars, is_text
from bxnn.compiler.errors import ConfigError
from bxnn.compiler.files import read_regular


def read_mapping(path: Path, subject: str, plain_tags: Collection[str] = ()) -> dict[str, Any]:
    """The mapping in a YAML file; an empty file is an empty mapping.

    Args:
        path: The file.
        subject: How error messages name the file, e.g. ``design.yaml``.
        plain_tags: Tags that may precede a string and mean nothing: what they name is never looked up or executed.

    Raises:
        ConfigError: If the file cannot be read, is larger than the limit or is not a plain YAML mapping.
    """
    return parse_mapping(_text(path), subject, plain_tags)


def parse_mapping(text: str, subject: str, plain_tags: Collection[str] = ()) -> dict[str, Any]:
    """The mapping in a YAML text; values are str, int, float, bool, None, lists and mappings.

    Raises:
        ConfigError: Naming the line, as ``design.yaml: line 3``.
    """
    try:
        _check_events(text, subject, plain_tags)
        node = yaml.compose(text, Loader=_LOADER)
        if node is None:
            return {}
        if not isinstance(node, yaml.MappingNode):
            raise ConfigError(subject, "is not a YAML mapping of keys to values")
        _check_keys(node, subject)
        constructor = _LOADER("")
        try:
            check_scalars(node, subject, constructor)
            _drop_tags(node, plain_tags)
            loaded: dict[str, Any] = constructor.construct_document(node)
        finally:
            constructor.dispose()
        return loaded
    except yaml.MarkedYAMLError as error:
        raise _at(error.problem_mark, subject, error.problem or "is not YAML") from error
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ConfigError(subject, f"is not YAML: {str(error).splitlines()[0]}") from error


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _text(path: Path) -> str:
    try:
        raw = read_regular(path, limits.YAML_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(str(path), f"cannot be read: {reason}") from error
    if len(raw) > limits.YAML_BYTES:
        raise ConfigError(str(path), f"is larger than {limits.YAML_BYTES} bytes; this is not a design.yaml")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(str(path), f"is not UTF-8 text (byte {error.start})") from error


def _check_events(text: str, subject: str, plain_tags: Collection[str]) -> None:
    """Refuse aliases, tags, further documents and deep nesting before anything is built."""
    depth = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, yaml.AliasEvent):
            problem = f"alias *{event.anchor} is not supported; write the value out"
            raise _at(event.start_mark, subject, problem)
        tag = getattr(event, "tag", None)
        if tag is not None and not (tag in plain_tags and isinstance(event, yaml.ScalarEvent)):
            raise _at(event.start_mark, subject, f"tag {tag} is not supported; write the plain value")
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > limits.YAML_TEXT_CHARACTERS:
            problem = f"a text of more than {limits.YAML_TEXT_CHARACTERS} characters is not supported"
            raise _at(event.start_mark, subject, problem)
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if documents > 1:
            raise _at(event.start_mark, subject, "a second YAML document is not supported; keep one")
        if depth > limits.YAML_DEPTH:
            raise _at(event.start_mark, subject, f"is nested more than {limits.YAML_DEPTH} levels deep")


def _check_keys(node: yaml.Node, subject: str) -> None:
    """Refuse keys that are not strings, merge keys and duplicate keys."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, subject)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or not (key.style or is_text(key.value, key.tag)):
            shown = key.value[:40] if isinstance(key, yaml.ScalarNode) else "[...]"
            raise _at(key.start_mark, subject, f"key {shown} is not a string; put it in quotes")
        if key.value in seen:
            raise _at(key.start_mark, subject, f"key {key.value[:80]!r} occurs twice")
        seen.add(key.value)
        _check_keys(value, subject)


def _drop_tags(node: yaml.Node, tags: Collection[str]) -> None:
    """Make scalars with these tags plain strings."""
    waiting: list[yaml.Node] = [node]
    while waiting:
        item = waiting.pop()
        if isinstance(item, yaml.MappingNode):
            waiting += [value for _, value in item.value]
        elif isinstance(item, yaml.SequenceNode):
            waiting += item.value
        elif item.tag in tags:
            item.tag = "tag:yaml.org,2002:str"


def _at(mark: Any, subject: str, problem: str) -> ConfigError:
    return ConfigError(subject if mark is None else f"{subject}: line {mark.line + 1}", problem)
