"""A subject of three strands with a proven item on every concept, for tests of placement."""

from __future__ import annotations

from itertools import pairwise

from accounts.models import User
from concepts.models import Concept, Origin, Prerequisite, Subject
from mastery.models import Enrolment, PlacementQuestion
from mastery.services.enrolling import enrol
from research.models import Library
from research.spans import Span
from tests.tutor.material import add_source
from tutor.items.contents import content_of
from tutor.items.ports import ItemKind, PracticeDraft
from tutor.models import PracticeItem
from tutor.services.practising import draft_of_item

STRANDS, STEPS = ("knot", "sail", "chart"), 6


def open_quay(*, items: bool = True) -> Subject:
    """Each strand is a row of six concepts, each required by the next; all three rest on one more."""
    library = Library.objects.create(key="quay", name="Quay", is_open=True)
    subject = Subject.objects.create(key="quay", name="Quay", library=library)
    names = ["harbour", *(f"{strand}{step}" for strand in STRANDS for step in range(STEPS))]
    rows = {
        name: Concept.objects.create(
            subject=subject, key=name, name=name, status=Concept.Status.PUBLISHED, position=at
        )
        for at, name in enumerate(names)
    }
    for strand in STRANDS:
        row = [rows["harbour"], *(rows[f"{strand}{step}"] for step in range(STEPS))]
        for below, above in pairwise(row):
            Prerequisite.objects.create(
                subject=subject,
                prerequisite=below,
                dependent=above,
                status=Prerequisite.Status.ACCEPTED,
                origin=Origin.EDUCATOR,
            )
    if items:
        write_items(subject, names)
    return subject


def write_items(subject: Subject, names: list[str]) -> None:
    """A cloze on each concept, whose answer is its name and an x."""
    text = "\n\n".join(f"The word for {name} is {name}x here." for name in names)
    passage = add_source(subject.library, f"# Words\n\n{text}\n")
    for name in names:
        quote = f"The word for {name} is {name}x here."
        start = passage.text.index(quote)
        span = Span(str(passage.pk), start, start + len(quote), quote)
        draft = PracticeDraft(ItemKind.CLOZE, f"The word for {name} is ____ here.", span, answer=f"{name}x")
        PracticeItem.objects.create(
            concept=subject.concepts.get(key=name),
            key=draft.key,
            kind=draft.kind.value,
            stem=draft.stem,
            content=content_of(draft),
            guess=draft.guess,
            passage=passage,
            start=start,
            end=start + len(quote),
            quote=quote,
            engine="test",
        )


def right_answer(question: PlacementQuestion) -> str:
    assert question.item_id
    return str(draft_of_item(PracticeItem.objects.get(pk=question.item_id)).answer)


def someone_at(subject: Subject, name: str = "lea", *goals: str) -> Enrolment:
    learner = User.objects.create_user(name, password="x")
    return enrol(learner, subject=subject, goals=list(subject.concepts.filter(key__in=goals)))
