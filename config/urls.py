"""Every address of the service: each room brings its own."""

from __future__ import annotations

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView

from accounts import urls as accounts_urls
from concepts import urls as concepts_urls
from config import pages
from config.page_errors import no_such_address
from curriculum import urls as curriculum_urls
from jobs import urls as jobs_urls
from mastery import urls as mastery_urls
from research import urls as research_urls
from tutor import urls as tutor_urls

ROOMS = (accounts_urls, jobs_urls, research_urls, concepts_urls, mastery_urls, curriculum_urls, tutor_urls)

api: list[URLPattern | URLResolver] = [
    *(pattern for room in ROOMS for pattern in room.api_urlpatterns),
    # Last: what no room knows is told to programs as a problem, in development too.
    re_path("", no_such_address),
]
room_pages: list[URLPattern | URLResolver] = [pattern for room in ROOMS for pattern in room.page_urlpatterns]

# Swagger and Redoc start from an inline script; neither shows text of learners, sources or models.
with_inline_parts = csp_update(
    {
        "script-src": ["'self'", "'unsafe-inline'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
    }
)
swagger = with_inline_parts(SpectacularSwaggerView.as_view(url_name="schema"))
redoc = with_inline_parts(SpectacularRedocView.as_view(url_name="schema"))

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("healthz", pages.healthz, name="healthz"),
    path("readyz", pages.readyz, name="readyz"),
    path("api/v1/", include(api)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", swagger, name="api-docs"),
    path("api/docs/redoc/", redoc, name="api-redoc"),
    path("admin/", admin.site.urls),
    *room_pages,
]

handler400 = "config.page_errors.bad_request"
handler403 = "config.page_errors.permission_denied"
handler404 = "config.page_errors.page_not_found"
handler500 = "config.page_errors.server_error"
