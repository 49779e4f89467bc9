"""Pages of the documentation that are written from the code: what they say cannot differ from what it does."""

from bxnn.compiler.pages.commands_page import commands_page
from bxnn.compiler.pages.design_page import design_page
from bxnn.compiler.pages.layers_page import layers_page
from bxnn.compiler.pages.report_json_page import report_json_page

PAGES = {
    "reference/commands.md": commands_page,
    "reference/design_yaml.md": design_page,
    "reference/layers.md": layers_page,
    "reference/report_json.md": report_json_page,
}

__all__ = ["PAGES"]
