"""Accounts to try Cairn with, where DEBUG is on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from curriculum.demo_users import DEMO_PASSWORD, close_demo_users, create_demo_users
from curriculum.errors import CurriculumError


class Command(BaseCommand):
    help = "Make the demo accounts (learner, educator, researcher, operator) and print their password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--close", action="store_true", help="Bar the demo accounts from signing in.")

    def handle(self, *args: Any, close: bool, **options: Any) -> None:
        if close:
            self.stdout.write(f"Closed {close_demo_users()} demo accounts.")
            return
        if not settings.DEBUG:
            raise CommandError("Demo accounts have a public password: they are made only with DEBUG=1.")
        try:
            users = create_demo_users()
        except CurriculumError as error:
            raise CommandError(str(error)) from error
        names = ", ".join(user.username for user in users)
        self.stdout.write(f"{len(users)} demo accounts: {names}. Password of each: {DEMO_PASSWORD}")
