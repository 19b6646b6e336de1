"""The attack benchmark prints a table and one line of figures, and refuses unusable data."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from tests.fakes.ollama_server import OllamaServer
from tests.tutor.attacking.suites import write_suite


class Terminal(StringIO):
    """A stream that somebody watches."""

    def isatty(self) -> bool:
        return True


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command("benchmark_attacks", *arguments, stdout=out, **options)
    return out.getvalue()


def test_the_last_line_holds_the_figures(tmp_path: Path) -> None:
    lines = run("--cases", str(write_suite(tmp_path))).splitlines()
    figures = dict(part.split("=") for part in lines[-1].split())
    assert list(figures) == [
        "unearned", "refused_right", "injection_success", "cannot_tell", "retention", "n",
    ]  # fmt: skip
    assert (figures["unearned"], figures["refused_right"], figures["n"]) == ("0.000", "0.000", "5")
    assert float(figures["retention"]) > 0
    assert any(line.startswith("question_restated") for line in lines)


def test_without_variants_there_is_nothing_to_retain(tmp_path: Path) -> None:
    assert run("--cases", str(write_suite(tmp_path)), "--no-variants").endswith("retention=- n=5\n")


def test_json_holds_every_trial_for_programs(tmp_path: Path) -> None:
    report = json.loads(run("--cases", str(write_suite(tmp_path)), "--json", "--no-variants"))
    assert [row["class"] for row in report["trials"]] == [
        "empty", "padding", "half_right", "injection_in_source", "right",
    ]  # fmt: skip
    assert report["retention"] is None


def test_progress_is_shown_to_whoever_watches(tmp_path: Path) -> None:
    terminal = Terminal()
    run("--cases", str(write_suite(tmp_path)), "--no-variants", stderr=terminal)
    assert terminal.getvalue().startswith(".....")


def test_misjudged_answers_are_told_when_asked_for(tmp_path: Path) -> None:
    text = (write_suite(tmp_path) / "friction.toml").read_text()
    write_suite(
        tmp_path, text.replace('class = "right"\nearns = "pass"', 'class = "negated"\nearns = "none"')
    )
    out = run("--cases", str(tmp_path), "--no-variants", "--failures")
    assert out.startswith("friction negated: credited [1, 2], may show []")


def test_unusable_data_ends_with_status_two_and_a_clear_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"cannot be used as an attack suite: there is no \.toml") as stop:
        run("--cases", str(tmp_path))
    assert stop.value.returncode == 2


@pytest.fixture
def refusing(settings: Any) -> Any:
    with OllamaServer(answer=lambda body: "I would rather not.") as server:
        settings.OLLAMA_HOSTS = [server.url]
        yield server


@pytest.mark.django_db
def test_a_model_that_gives_no_usable_reply_ends_with_its_error(tmp_path: Path, refusing: Any) -> None:
    with pytest.raises(CommandError) as stop:
        run("--cases", str(write_suite(tmp_path)), "--engine", "ollama")
    assert stop.value.returncode == 1
