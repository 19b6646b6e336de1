"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from research import pages, passage_pages
from research.search_views import PassageView, SearchView
from research.views import DocumentViewSet, LibraryViewSet, SourceViewSet

router = SimpleRouter(trailing_slash=False)
router.register("libraries", LibraryViewSet, basename="library")
router.register("sources", SourceViewSet, basename="source")
router.register("documents", DocumentViewSet, basename="document")

api_urlpatterns: list[URLPattern | URLResolver] = [
    path("search", SearchView.as_view(), name="search"),
    path("passages/<uuid:pk>", PassageView.as_view(), name="passage-detail"),
    *router.urls,
]
page_urlpatterns: list[URLPattern | URLResolver] = [
    path("passages/<uuid:pk>/", passage_pages.passage, name="passage"),
    path("libraries/<slug:key>/", pages.library, name="library"),
    path("sources/<uuid:pk>/refresh/", pages.refresh_source, name="refresh-source"),
    path("sources/<uuid:pk>/delete/", pages.delete_source, name="delete-source"),
    path("documents/<uuid:pk>/", pages.document, name="document"),
]
