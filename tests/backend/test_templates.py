"""The Jinja environment that all templates share."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from bxnn.compiler.templates import template_environment

ROOT = Path(__file__).parents[2]
TEXT = "{% if shown %}\n  <{{ twice(name) }}>\n  {% endif %}\n"


@pytest.mark.parametrize(("html", "expected"), [(False, "  <&&>\n"), (True, "  <&amp;&amp;>\n")])
def test_values_are_escaped_for_pages_only(tmp_path: Path, html: bool, expected: str) -> None:
    (tmp_path / "a.j2").write_text(TEXT, encoding="utf-8")
    environment = template_environment(tmp_path, functions={"twice": lambda text: text * 2}, html=html)
    assert environment.get_template("a.j2").render(shown=True, name="&") == expected


@pytest.mark.parametrize("html", [False, True])
def test_a_missing_value_is_an_error(tmp_path: Path, html: bool) -> None:
    (tmp_path / "a.j2").write_text("{{ name }}", encoding="utf-8")
    with pytest.raises(UndefinedError) as caught:
        template_environment(tmp_path, html=html).get_template("a.j2").render()
    assert str(caught.value) == "'name' is undefined"
