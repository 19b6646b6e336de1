"""What the documentation says exists, exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    ROOT.glob("docs/**/*.md")
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    assert all((page.parent / target).exists() for target in targets if "://" not in target)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_pages_name_exist(page: Path) -> None:
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text(encoding="utf-8")))
    assert named <= set(get_commands())


def test_the_readme_names_every_setting_that_is_read_from_the_environment() -> None:
    source = (ROOT / "config" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r"env(?:\.\w+|_choice|_number)\(\s*\"([A-Z_]+)\"", source))
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    internal = {
        "EMBEDDER",
        "READER",
        "PARSER",
        "VIDEO_SEARCH",
        "YOUTUBE_TRANSCRIPTS",
    }  # adapters by dotted path
    assert {name for name in read - internal if f"`{name}`" not in told} == set()
