"""Removes what was done in somebody's name, with the texts that models were shown in doing it."""

from __future__ import annotations

from collections import Counter

from django.db import transaction

from jobs.models import Job, JobQuerySet, ModelCall


@transaction.atomic
def forget_jobs(jobs: JobQuerySet) -> Counter[str]:
    """Delete jobs, whatever they are doing, and blank the texts of their model calls; the calls are kept.

    A worker that runs one of them finds at its next sign of life that it has lost it, and writes nothing.
    Returns how many of each there were.
    """
    keys = jobs.order_by().values("pk")
    blanked = ModelCall.objects.filter(job__in=keys).update(prompt="", response="", detail="")
    deleted = Job.objects.filter(pk__in=keys).delete()[1].get("jobs.Job", 0)
    return Counter({"jobs": deleted, "model_call_texts": blanked})
