"""A course directory becomes a subject: read in order, drawn, and left alone when nothing has changed."""

from __future__ import annotations

import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from concepts.models import Subject
from curriculum.errors import CourseNotLoaded
from curriculum.outlines import SAMPLE_COURSE, read_outline
from curriculum.services.courses import LoadedCourse, is_wanting, load_course
from research.models import Document, Library, Source

pytestmark = pytest.mark.django_db(transaction=True)

OUTLINE = """
key = "first-notes"
title = "First notes"
licence = "CC BY 4.0"
[[documents]]
file = "02-frequency-and-period.md"
[[documents]]
file = "01-vibration.md"
[[documents]]
file = "24-tuning-by-ear.vtt"
title = "Tuning"
"""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    directory = tmp_path / "course"
    directory.mkdir()
    (directory / "course.toml").write_text(OUTLINE, encoding="utf-8")
    for name in ("01-vibration.md", "02-frequency-and-period.md", "24-tuning-by-ear.vtt"):
        shutil.copy(SAMPLE_COURSE / name, directory)
    return directory


def load(directory: Path) -> LoadedCourse:
    return load_course(directory, is_open=True)


def run(command: str, *arguments: object, **options: object) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def test_documents_are_read_in_the_order_of_the_outline(course: Path) -> None:
    loaded = load(course)
    titles = [source.title for source in loaded.subject.library.sources.order_by("position")]
    assert titles == ["Frequency and Period", "Vibration", "Tuning"]
    assert loaded.is_changed


def test_concepts_and_prerequisites_are_found_and_counted(course: Path) -> None:
    loaded = load(course)
    keys = set(loaded.subject.concepts.published().values_list("key", flat=True))
    assert {"vibration", "frequency", "restoring-force"} <= keys
    assert loaded.concepts == len(keys)
    assert loaded.prerequisites > 0
    assert loaded.passages > 0


def test_a_second_load_changes_nothing(course: Path) -> None:
    first = load(course)
    again = load(course)
    assert not again.is_changed
    assert (again.subject, again.concepts, again.passages) == (first.subject, first.concepts, first.passages)
    assert again.subject.revision == first.subject.revision
    assert Document.objects.count() == 3


def test_a_changed_document_becomes_a_new_version(course: Path) -> None:
    load(course)
    page = course / "01-vibration.md"
    page.write_text(
        page.read_text(encoding="utf-8") + "\nA **whir** is a vibration that is heard.\n", "utf-8"
    )
    assert load(course).is_changed
    versions = Document.objects.filter(source__origin="01-vibration.md").values_list("version", "is_current")
    assert sorted(versions) == [(1, False), (2, True)]


def test_a_load_that_stopped_before_its_graph_was_drawn_goes_on(course: Path) -> None:
    subject = load(course).subject
    subject.concepts.all().delete()
    assert is_wanting(read_outline(course))
    assert load(course).concepts > 0
    assert not is_wanting(read_outline(course))


def test_a_document_that_cannot_be_read_is_named(course: Path) -> None:
    (course / "01-vibration.md").write_bytes(b"")
    with pytest.raises(CourseNotLoaded, match=r"01-vibration\.md"):
        load(course)


def test_the_keeper_may_edit_what_was_loaded_and_strangers_may_not_even_see_it(course: Path) -> None:
    keeper = User.objects.create_user("ed", role=User.Role.EDUCATOR)
    subject = load_course(course, keeper=keeper).subject
    assert subject in Subject.objects.editable_by(keeper)
    assert subject not in Subject.objects.visible_to(User.objects.create_user("eve"))


def test_the_command_ends_with_counts_and_says_when_nothing_changed(course: Path) -> None:
    keeper = User.objects.create_user("ed", role=User.Role.EDUCATOR)
    told = run("load_course", str(course), educator="ed", engine="embedded")
    assert "First notes: 3 sources" in told
    assert Subject.objects.editable_by(keeper).exists()
    assert "(unchanged)" in run("load_course", str(course), is_open=True)


def test_the_command_refuses_a_keeper_whom_it_does_not_know(course: Path) -> None:
    with pytest.raises(CommandError, match="no user 'nobody'"):
        run("load_course", str(course), educator="nobody")


def test_an_installation_with_a_subject_of_its_own_is_not_given_a_sample() -> None:
    library = Library.objects.create(key="own", name="Own")
    Subject.objects.create(key="own", name="Own", library=library)
    assert run("load_sample_course", if_empty=True) == ""
    assert not Source.objects.exists()


def test_an_empty_installation_is_given_the_sample_course_open_to_everybody() -> None:
    assert "How Sound Becomes Music: 24 sources" in run("load_sample_course", if_empty=True)
    assert Library.objects.get().is_open


def test_a_directory_without_a_course_ends_the_command_with_its_reason(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no course\.toml"):
        run("load_course", str(tmp_path))
