"""The conversation: decisions, lessons with their citations, rubrics, attempts and what they earned."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from concepts.models import Concept
from jobs.models import Job
from mastery.models import Enrolment
from research.models import Passage
from tutor.misconception_models import Misconception as Misconception
from tutor.reply_models import Dispute as Dispute
from tutor.reply_models import GradingSwitch as GradingSwitch
from tutor.reply_models import Regrade as Regrade
from tutor.reply_models import RegradedPoint as RegradedPoint
from tutor.reply_models import RuledPoint as RuledPoint
from tutor.reply_models import Ruling as Ruling


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User | AnonymousUser) -> DecisionQuerySet:
        """The decisions of the enrolments that ``user`` may see."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


class Decision(models.Model):
    """Why this concept came next: the whole frontier with scores, as it stood then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="decisions")
    concept = models.ForeignKey(Concept, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    action = models.CharField(max_length=16, help_text="As in the record: read without reading all of it.")
    record = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"next for {self.enrolment_id}: {self.concept_id}"


class LessonQuerySet(models.QuerySet["Lesson"]):
    def visible_to(self, user: User | AnonymousUser) -> LessonQuerySet:
        """The lessons of the enrolments that ``user`` may see."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


class Lesson(models.Model):
    """A proven lesson on one concept, with the explain-back question that checks it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="lessons")
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(
        help_text="1 for the first lesson on this concept in this enrolment."
    )
    angle = models.CharField(max_length=40, blank=True)
    angle_note = models.CharField(
        max_length=300, blank=True, help_text="How it differs from the lesson before."
    )
    differs_from = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="The lesson that the learner asked to be told differently.",
    )
    level = models.CharField(max_length=8, choices=[(one, one) for one in ("low", "medium", "high")])
    reading_ease = models.FloatField(help_text="Flesch reading ease: about 100 is easy, about 0 is hard.")
    repeated = models.FloatField(
        default=0, help_text="Share of the last lesson's sentences on this concept that come again."
    )
    question = models.TextField()
    engine = models.CharField(max_length=40)
    engine_version = models.CharField(max_length=80, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    coverage = models.FloatField(help_text="Share of the written sentences that the sources support.")
    dropped = models.PositiveIntegerField(default=0, help_text="Sentences refused for want of support.")
    content_hash = models.CharField(max_length=64)
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="lesson")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["enrolment", "concept", "number"], name="lesson_number_once"),
            models.CheckConstraint(condition=Q(coverage__range=(0, 1)), name="lesson_coverage_range"),
        ]

    def __str__(self) -> str:
        return f"{self.concept} #{self.number}"

    @property
    def is_stale(self) -> bool:
        """Whether words that it quotes are no longer in the current version of their source."""
        cited = Citation.objects.filter(sentence__lesson=self).values("passage")
        return Passage.objects.outdated().filter(pk__in=cited).exists()


class LessonSentence(models.Model):
    """One sentence of a lesson and how its support was checked."""

    class Section(models.TextChoices):
        RECAP = "recap"
        EXPLANATION = "explanation"
        WHY = "why"
        EXAMPLE = "example"
        PITFALL = "pitfall"

    class Support(models.TextChoices):
        QUOTE = "quote"
        ENTAILED = "entailed"
        CONNECTIVE = "connective"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="sentences")
    ordinal = models.PositiveIntegerField()
    section = models.CharField(max_length=16, choices=Section)
    text = models.TextField()
    is_code = models.BooleanField(default=False)
    support = models.CharField(max_length=16, choices=Support)
    support_score = models.FloatField(default=1)

    class Meta:
        ordering = ["lesson", "ordinal"]
        constraints = [models.UniqueConstraint(fields=["lesson", "ordinal"], name="sentence_ordinal_once")]

    def __str__(self) -> str:
        return self.text[:80]


class SpanOfPassage(models.Model):
    """A source span: ``passage.text[start:end] == quote``."""

    passage = models.ForeignKey(Passage, on_delete=models.PROTECT, related_name="+")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    quote = models.TextField()

    class Meta:
        abstract = True
        constraints = [models.CheckConstraint(condition=Q(end__gt=F("start")), name="%(class)s_not_empty")]


class Citation(SpanOfPassage):
    """The source span that supports a lesson sentence."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sentence = models.ForeignKey(LessonSentence, on_delete=models.CASCADE, related_name="citations")

    class Meta(SpanOfPassage.Meta):
        ordering = ["sentence", "start", "id"]

    def __str__(self) -> str:
        return self.quote[:80]


class RubricPoint(SpanOfPassage):
    """One idea that a good explanation contains, and where it comes from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="points")
    ordinal = models.PositiveIntegerField()
    sentence = models.ForeignKey(
        LessonSentence, on_delete=models.CASCADE, related_name="points", help_text="Which taught it."
    )
    text = models.TextField()
    asked = models.CharField(max_length=200, help_text="The part of the question that asks for it.")
    hint = models.TextField(blank=True, help_text="A nudge toward the idea that does not give it away.")
    retests = models.ForeignKey(
        Misconception,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="What the learner said otherwise before.",
    )

    class Meta(SpanOfPassage.Meta):
        ordering = ["lesson", "ordinal"]

    def __str__(self) -> str:
        return self.text[:80]


class AttemptQuerySet(models.QuerySet["Attempt"]):
    def visible_to(self, user: User | AnonymousUser) -> AttemptQuerySet:
        """The attempts of the enrolments that ``user`` may see."""
        return self.filter(lesson__enrolment__in=Enrolment.objects.visible_to(user))


class Attempt(models.Model):
    """One explanation by a learner, and its verdict once it is graded."""

    class Verdict(models.TextChoices):
        PENDING = "pending"
        PASSED = "pass"
        NOT_YET = "not_yet"
        CANNOT_TELL = "cannot_tell"
        WAITING = "waiting", "Waiting for the teacher"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lesson = models.ForeignKey(Lesson, on_delete=models.CASCADE, related_name="attempts")
    answer = models.TextField()
    follow_up_of = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="follow_up"
    )
    follow_up_question = models.TextField(blank=True, help_text="Asked when the verdict is cannot tell.")
    verdict = models.CharField(max_length=16, choices=Verdict, default=Verdict.PENDING)
    score = models.FloatField(null=True, blank=True)
    refusal = models.CharField(max_length=40, blank=True, help_text="A reason code, e.g. copied_lesson.")
    feedback = models.JSONField(default=dict, blank=True)
    belief_before = models.FloatField(null=True, blank=True)
    belief_after = models.FloatField(null=True, blank=True)
    engine = models.CharField(max_length=40, blank=True)
    engine_version = models.CharField(max_length=80, blank=True)
    job = models.OneToOneField(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="graded")
    created_at = models.DateTimeField(auto_now_add=True)
    graded_at = models.DateTimeField(null=True, blank=True)

    objects = AttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.lesson_id}: {self.verdict}"

    @property
    def ruling(self) -> Ruling | None:
        """The educator's decision that stands, if there is one."""
        return self.rulings.first()


class PointCredit(models.Model):
    """What one answer earned on one rubric point; credit needs the learner's exact words."""

    class Verdict(models.TextChoices):
        SHOWN = "shown"
        MISSING = "missing"
        CONTRADICTED = "contradicted"
        UNSURE = "unsure"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="credits")
    point = models.ForeignKey(RubricPoint, on_delete=models.CASCADE, related_name="credits")
    verdict = models.CharField(max_length=16, choices=Verdict)
    probability = models.FloatField()
    start = models.PositiveIntegerField(null=True, blank=True, help_text="Of the learner span.")
    end = models.PositiveIntegerField(null=True, blank=True)
    quote = models.TextField(blank=True)
    reason = models.CharField(max_length=300, blank=True)
    is_carried = models.BooleanField(
        default=False, help_text="Judged on the answer before the follow-up: the span is in that answer."
    )

    class Meta:
        ordering = ["attempt", "point__ordinal"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "point"], name="credit_once"),
            models.CheckConstraint(
                condition=~Q(verdict="shown") | Q(start__isnull=False, end__isnull=False, end__gt=F("start")),
                name="credit_needs_a_learner_span",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} on {self.point_id}"


class PracticeItemQuerySet(models.QuerySet["PracticeItem"]):
    def visible_to(self, user: User | AnonymousUser) -> PracticeItemQuerySet:
        """The items on concepts that ``user`` may read about."""
        return self.filter(concept__in=Concept.objects.visible_to(user))

    def current(self) -> PracticeItemQuerySet:
        """Those that still stand on the newest version of their source, on concepts that are taught."""
        return self.filter(
            is_retired=False, passage__document__is_current=True, concept__status=Concept.Status.PUBLISHED
        )


class PracticeItem(SpanOfPassage):
    """One short question with its answer; ``key`` is the same whenever the sources are."""

    class Kind(models.TextChoices):
        CLOZE = "cloze"
        CHOICE = "choice"
        ORDERING = "ordering"
        NUMERIC = "numeric"
        CODE_OUTPUT = "code_output"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    concept = models.ForeignKey(Concept, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    ordinal = models.PositiveIntegerField(default=0, help_text="The most telling item comes first.")
    kind = models.CharField(max_length=16, choices=Kind)
    stem = models.TextField()
    content = models.JSONField(help_text="Answer, options and how exact an answer must be.")
    guess = models.FloatField(help_text="Chance of a right answer without understanding.")
    is_retired = models.BooleanField(default=False, help_text="The sources no longer give it.")
    engine = models.CharField(max_length=40)
    engine_version = models.CharField(max_length=80, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PracticeItemQuerySet.as_manager()

    class Meta(SpanOfPassage.Meta):
        ordering = ["concept", "ordinal", "key"]
        constraints = [
            *SpanOfPassage.Meta.constraints,
            models.UniqueConstraint(fields=["concept", "key"], name="practice_item_once"),
            models.CheckConstraint(condition=Q(guess__range=(0, 1)), name="practice_guess_range"),
        ]

    def __str__(self) -> str:
        return self.stem[:80]


class PracticeAnswerQuerySet(models.QuerySet["PracticeAnswer"]):
    def visible_to(self, user: User | AnonymousUser) -> PracticeAnswerQuerySet:
        """The answers given in the enrolments that ``user`` may see."""
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


class PracticeAnswer(models.Model):
    """One answer to a practice item; where it counts, exactly one mastery event bears its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    item = models.ForeignKey(PracticeItem, on_delete=models.PROTECT, related_name="answers")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.CASCADE, related_name="practice_answers")
    given = models.JSONField(help_text="What was typed or chosen, or the steps in the learner's order.")
    score = models.FloatField()
    note = models.CharField(max_length=300, blank=True)
    counts = models.BooleanField(help_text="False soon after the right answer was shown: no evidence.")
    belief_before = models.FloatField(null=True, blank=True)
    belief_after = models.FloatField(null=True, blank=True)
    answered_at = models.DateTimeField()

    objects = PracticeAnswerQuerySet.as_manager()

    class Meta:
        ordering = ["-answered_at", "-id"]
        indexes = [models.Index(fields=["enrolment", "item", "-answered_at"])]
        constraints = [models.CheckConstraint(condition=Q(score__range=(0, 1)), name="practice_score_range")]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.score:.2f}"
