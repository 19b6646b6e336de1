"""Names learners for research without saying who they are."""

from __future__ import annotations

import uuid

from django.utils.crypto import salted_hmac

LENGTH = 16


def pseudonym(enrolment_id: uuid.UUID) -> str:
    """Return a stable name for one learner in one subject.

    Keyed with the service's secret, so that it cannot be recomputed from ids; a learner has another
    one in every subject, so that records cannot be joined across subjects.
    """
    return salted_hmac("cairn.mastery.pseudonym", str(enrolment_id), algorithm="sha256").hexdigest()[:LENGTH]


def class_pseudonym(class_id: uuid.UUID) -> str:
    """Return a stable name for a class: its own often names a teacher."""
    return salted_hmac("cairn.mastery.class", str(class_id), algorithm="sha256").hexdigest()[:LENGTH]
