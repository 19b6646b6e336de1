"""The tutor in a terminal: the same services as the pages, with their jobs run in this process."""

from __future__ import annotations

import sys
import textwrap
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from concepts.models import Concept, Subject
from jobs.models import Job
from jobs.services import run_inline
from mastery.models import Enrolment
from mastery.services.enrolling import enrol
from tutor.marking import mark_answer
from tutor.models import Attempt, Lesson, PointCredit
from tutor.presenting import marks_of, shown_sections, told_points
from tutor.services.checking import submit_attempt
from tutor.services.choosing import decide
from tutor.services.teaching import request_lesson

WIDTH = 88
DIFFERENTLY, SKIP, QUIT = "differently", "skip", "quit"
VERDICTS = {
    Attempt.Verdict.PASSED: "You showed it.",
    Attempt.Verdict.NOT_YET: "Not yet.",
    Attempt.Verdict.CANNOT_TELL: "I cannot tell yet.",
    Attempt.Verdict.WAITING: "Your teacher will look at this.",
}
SIGNS = {
    PointCredit.Verdict.SHOWN: "[x]",
    PointCredit.Verdict.MISSING: "[ ]",
    PointCredit.Verdict.UNSURE: "[?]",
    PointCredit.Verdict.CONTRADICTED: "[!]",
}


class Command(BaseCommand):
    help = "Learn a subject in the terminal, or play a script of answers to see the whole loop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", required=True, metavar="KEY")
        parser.add_argument("--learner", default="terminal", help="User name; made if there is none.")
        parser.add_argument("--script", type=Path, help="TOML file of answers to play instead of asking.")
        parser.add_argument("--lessons", type=int, default=3, help="Stop a script after this many lessons.")

    def handle(
        self, *args: Any, subject: str, learner: str, script: Path | None, lessons: int, **options: Any
    ) -> None:
        voice = ScriptedVoice(script) if script else TypedVoice()
        self.enrolment = _enrolment(subject, learner)
        self._introduce()
        finished = 0
        while finished < lessons or not script:
            concept = self._next_concept()
            if concept is None or not self._study(concept, voice):
                break
            finished += 1
        self._next_concept()
        self.stdout.write(f"\n{finished} lessons studied.")

    def _introduce(self) -> None:
        subject = self.enrolment.subject
        edges = subject.prerequisites.gating().count()
        self._title(subject.name)
        self.stdout.write(
            f"{subject.library.sources.count()} sources, {subject.concepts.published().count()} concepts, "
            f"{edges} prerequisites. Placement skipped: nothing is known yet."
            if not self.enrolment.events.exists()
            else "Welcome back."
        )

    def _next_concept(self) -> Concept | None:
        record = decide(self.enrolment, now=timezone.now()).record
        concept = Concept.objects.filter(pk=record["concept"]).first() if record["concept"] else None
        self._title(f"Next: {concept.name}" if concept else "Nothing left to study")
        self._say(record["reason"])
        return concept

    def _study(self, concept: Concept, voice: TypedVoice | ScriptedVoice) -> bool:
        """Teach and check one concept until it is shown or left; False when the learner stops."""
        lesson = self._lesson(concept)
        earlier: Attempt | None = None
        while True:
            question = earlier.follow_up_question if earlier else lesson.question
            self._title("Explain it back")
            self._say(question)
            words = voice.answer(concept.name)
            if words is None or words == QUIT:
                return False
            if words == SKIP:
                return True
            if words == DIFFERENTLY:
                lesson, earlier = self._lesson(concept), None
                continue
            attempt = submit_attempt(lesson, answer=words, follow_up_of=earlier)
            _run(attempt.job)
            attempt.refresh_from_db()
            self._show_result(attempt)
            if attempt.verdict in (Attempt.Verdict.PASSED, Attempt.Verdict.WAITING):
                return True
            earlier = attempt if attempt.verdict == Attempt.Verdict.CANNOT_TELL else None

    def _lesson(self, concept: Concept) -> Lesson:
        job = _run(request_lesson(self.enrolment, concept=concept))
        lesson = Lesson.objects.get(job=job)
        self._title(f"{concept.name}  (lesson {lesson.number}, {lesson.engine} engine)")
        if lesson.angle_note:
            self._say(lesson.angle_note)
        quotes = {}
        for section in shown_sections(lesson):
            self.stdout.write(self.style.MIGRATE_HEADING(f"\n{section.title}"))
            for shown in section.sentences:
                for cited in shown.citations:
                    quotes[cited.number] = cited.citation
                numbers = "".join(f"[{cited.number}]" for cited in shown.citations)
                if shown.sentence.is_code:
                    self.stdout.write(textwrap.indent(shown.sentence.text, "    ") + f"  {numbers}")
                else:
                    self._say(f"{shown.sentence.text} {numbers}")
        self.stdout.write("")
        for number, citation in quotes.items():
            place = " > ".join(citation.passage.heading_path) or citation.passage.document.title
            self.stdout.write(f"  [{number}] {place}, characters {citation.start} to {citation.end}")
        proven = f"{lesson.coverage:.0%} of the sentences written are proven; {lesson.dropped} left out."
        self.stdout.write(f"  {proven}")
        return lesson

    def _show_result(self, attempt: Attempt) -> None:
        credits = told_points(attempt)
        words = "".join(
            self.style.SUCCESS(f"«{part.text}»") if part.shows else part.text
            for part in mark_answer(attempt.answer, marks=marks_of(credits))
        )
        self._title(VERDICTS[Attempt.Verdict(attempt.verdict)])
        self._say(words)
        if attempt.feedback.get("message"):
            self._say(attempt.feedback["message"])
        for credit in credits:
            is_shown = credit.verdict == PointCredit.Verdict.SHOWN
            told = credit.point.text if is_shown else credit.point.hint or "Something is still missing."
            self._say(f"{SIGNS[PointCredit.Verdict(credit.verdict)]} {told}", indent="  ")
        if attempt.belief_after is not None:
            self.stdout.write(f"  Belief: {attempt.belief_before:.0%} -> {attempt.belief_after:.0%}")

    def _title(self, text: str) -> None:
        self.stdout.write("\n" + self.style.MIGRATE_HEADING(text))

    def _say(self, text: str, *, indent: str = "") -> None:
        self.stdout.write(textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent))


class TypedVoice:
    """A person at the keyboard."""

    def answer(self, concept: str) -> str | None:
        """What they type up to an empty line; None at the end of input."""
        print(f"(end with an empty line; or: {DIFFERENTLY}, {SKIP}, {QUIT})")
        lines = list(_lines_until_empty())
        return " ".join(lines) if lines else None


class ScriptedVoice:
    """Answers from a file, each concept's in the order in which they stand there."""

    def __init__(self, path: Path) -> None:
        try:
            rows = tomllib.loads(path.read_text(encoding="utf-8"))["answers"]
            self._answers: dict[str, deque[str]] = defaultdict(deque)
            for row in rows:
                self._answers[row["concept"].casefold()].append(row["text"])
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as exc:
            raise CommandError(
                f"Cannot play {path}: it must be TOML with [[answers]], each with concept and text ({exc})."
            ) from exc

    def answer(self, concept: str) -> str | None:
        """The next answer for this concept, typed for all to see; None when there is none left."""
        waiting = self._answers[concept.casefold()]
        if not waiting:
            return None
        words = waiting.popleft()
        print(textwrap.fill(f"> {words}", WIDTH, subsequent_indent="> "))
        return words


def _lines_until_empty() -> Iterator[str]:
    for line in sys.stdin:
        if not line.strip():
            return
        yield line.strip()


def _enrolment(subject_key: str, username: str) -> Enrolment:
    subject = Subject.objects.filter(key=subject_key).first()
    if subject is None:
        known = ", ".join(Subject.objects.values_list("key", flat=True)) or "none; run load_sample_course"
        raise CommandError(f"There is no subject {subject_key!r}. Known: {known}.")
    learner, is_new = User.objects.get_or_create(username=username)
    if is_new:
        learner.set_unusable_password()
        learner.save()
    earlier = Enrolment.objects.filter(learner=learner, subject=subject).first()
    return earlier or enrol(learner, subject=subject, goals=[])


def _run(job: Job | None) -> Job:
    if job is None:
        raise CommandError("The work was not queued.")
    ended = run_inline(job)
    if ended.state != Job.State.SUCCEEDED:
        raise CommandError(ended.error or f"The work has {ended.state}.")
    return ended
