"""Takes the words of forgotten learners out of the conversation."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection

from django.db.models import Q

from jobs.forgetting import forget_jobs
from jobs.models import Job
from mastery.services.forgetting import LearnerFollower
from tutor.models import Attempt, Decision, Dispute, Lesson, Misconception, PracticeAnswer, Ruling


class TutorForgets(LearnerFollower):
    """Answers go with all that was judged, disputed and decided of them; lessons quote sources and stay."""

    def forget(self, enrolments: Collection[uuid.UUID], *, kept: Counter[str], removed: Counter[str]) -> None:
        """Delete attempts, disputes, rulings, misconceptions and practice answers, and their jobs."""
        attempts = Attempt.objects.filter(lesson__enrolment__in=enrolments)
        answers = PracticeAnswer.objects.filter(enrolment__in=enrolments)
        removed["attempts"] += attempts.count()
        removed["disputes"] += Dispute.objects.filter(attempt__in=attempts).count()
        removed["rulings"] += Ruling.objects.filter(attempt__in=attempts).count()
        removed["misconceptions"] += Misconception.objects.filter(enrolment__in=enrolments).count()
        removed["practice_answers"] += answers.count()
        behind = (
            Q(graded__in=attempts) | Q(dispute__attempt__in=attempts) | Q(lesson__enrolment__in=enrolments)
        )
        removed.update(forget_jobs(Job.objects.filter(behind).distinct()))
        Misconception.objects.filter(enrolment__in=enrolments).delete()
        attempts.delete()
        answers.delete()
        kept["lessons"] += Lesson.objects.filter(enrolment__in=enrolments).count()
        kept["decisions"] += Decision.objects.filter(enrolment__in=enrolments).count()
