"""Demo accounts: all roles, one class, only where DEBUG is on, and closed by one command."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.models import Class, User
from concepts.models import Subject
from curriculum.demo_users import DEMO_PASSWORD
from mastery.models import Enrolment
from research.models import Library

pytestmark = pytest.mark.django_db


def run(**options: Any) -> str:
    out = StringIO()
    call_command("create_demo_users", stdout=out, **options)
    return out.getvalue()


@pytest.fixture(autouse=True)
def debugging(settings: Any) -> None:
    settings.DEBUG = True


def subject(key: str, *, is_open: bool) -> Subject:
    library = Library.objects.create(key=key, name=key, is_open=is_open)
    return Subject.objects.create(key=key, name=key, library=library)


def test_each_role_and_an_operator_can_sign_in_with_the_printed_password() -> None:
    assert DEMO_PASSWORD in run()
    for name, role in [("learner", "learner"), ("educator", "educator"), ("researcher", "researcher")]:
        user = authenticate(username=name, password=DEMO_PASSWORD)
        assert isinstance(user, User)
        assert (user.role, user.is_staff) == (role, False)
    assert User.objects.get(username="operator").is_superuser


def test_a_class_lets_the_educator_follow_the_learner_in_open_subjects() -> None:
    sound = subject("sound", is_open=True)
    run()
    learner, educator = User.objects.get(username="learner"), User.objects.get(username="educator")
    assert Class.objects.visible_to(learner).get().name == "Demo class"
    enrolment = Enrolment.objects.create(learner=learner, subject=sound)
    assert enrolment in Enrolment.objects.visible_to(educator)
    assert list(sound.researchers.all()) == [User.objects.get(username="researcher")]


def test_a_private_subject_is_not_opened_to_the_demo_accounts() -> None:
    private = subject("private", is_open=False)
    run()
    for name in ("learner", "educator", "researcher"):
        assert private not in Subject.objects.visible_to(User.objects.get(username=name))


def test_a_second_run_changes_nothing_but_restores_a_changed_password() -> None:
    run()
    learner = User.objects.get(username="learner")
    learner.set_password("something else")
    learner.save()
    run()
    assert User.objects.count() == 4
    assert authenticate(username="learner", password=DEMO_PASSWORD)


def test_without_debug_no_account_with_a_public_password_is_made(settings: Any) -> None:
    settings.DEBUG = False
    with pytest.raises(CommandError, match="DEBUG=1"):
        run()
    assert not User.objects.exists()


def test_closed_accounts_cannot_sign_in_whether_or_not_debug_is_on(settings: Any) -> None:
    run()
    settings.DEBUG = False
    assert "Closed 4" in run(close=True)
    assert authenticate(username="operator", password=DEMO_PASSWORD) is None


def test_an_account_of_a_real_person_is_never_taken_over() -> None:
    User.objects.create_user("educator", email="jane@example.org", password="her own")
    with pytest.raises(CommandError, match="no demo account"):
        run()
    assert authenticate(username="educator", password="her own")
    assert User.objects.count() == 1
