"""Fit the spacing of reviews to each learner who has reviewed enough."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from concepts.management.commands.export_graph import find_subject
from mastery.models import Enrolment
from mastery.review_fitting import ENOUGH_REVIEWS
from mastery.services.spacing import Spaced, fit_reviews


class Command(BaseCommand):
    help = "Fit the spacing of reviews to each learner who has reviewed enough; keeps what predicts better."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subject", metavar="KEY", help="Only in this subject.")
        parser.add_argument(
            "--enough", type=int, default=ENOUGH_REVIEWS, help="Reviews on a later day that it takes."
        )
        parser.add_argument("--dry-run", action="store_true", help="Fit and compare, but keep nothing.")
        parser.add_argument("--json", action="store_true", help="Write one JSON object a line.")

    def handle(self, *args: Any, **options: Any) -> None:
        enrolments = Enrolment.objects.filter(forgotten_at=None).select_related("subject").order_by("pk")
        if options["subject"]:
            enrolments = enrolments.filter(subject=find_subject(options["subject"]))
        seen = fitted = 0
        for enrolment in enrolments.iterator(chunk_size=100):
            spaced = fit_reviews(
                enrolment, now=timezone.now(), enough=options["enough"], is_trial=options["dry_run"]
            )
            seen += 1
            fitted += spaced.fit is not None
            self._tell(spaced, as_json=options["json"])
        if not options["json"]:
            kept = "would be fitted" if options["dry_run"] else "fitted"
            self.stdout.write(f"{fitted} of {seen} enrolments {kept}; the others stay as they are.")

    def _tell(self, spaced: Spaced, *, as_json: bool) -> None:
        if spaced.fit is None:
            return
        fit, key = spaced.fit, str(spaced.enrolment.pk)
        if as_json:
            row = {"enrolment": key, "reviews": fit.reviews, "loss_before": fit.loss_before}
            self.stdout.write(json.dumps(row | {"loss_after": fit.loss_after, "weights": fit.weights}))
            return
        self.stdout.write(
            f"{key}: {fit.reviews} reviews, held-out log loss {fit.loss_before:.4f} to {fit.loss_after:.4f}"
        )
