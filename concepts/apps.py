from __future__ import annotations

from django.apps import AppConfig


class ConceptsConfig(AppConfig):
    name = "concepts"
