"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from research import passage_pages
from research.search_views import PassageView, SearchView

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("search", SearchView.as_view(), name="search"),
    path("passages/<uuid:pk>", PassageView.as_view(), name="passage-detail"),
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("passages/<uuid:pk>/", passage_pages.passage, name="passage"),
]
