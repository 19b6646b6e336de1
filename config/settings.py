"""Settings, read once from the environment; every default runs on a bare machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured

from config.logs import logging_config

# Lets generic classes such as ModelAdmin[Job] be written at run time, as the type checker wants them.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")


def env_choice(name: str, *, default: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, or a sentence that says which words are allowed."""
    value: str = env.str(name, default=default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}; it must be one of: {', '.join(choices)}.")
    return value


def env_number(name: str, *, default: float, low: float, high: float) -> float:
    """A number within ``low..high``, or a sentence that gives the bounds."""
    try:
        value: float = env.float(name, default=default)
    except ValueError as exc:
        raise ImproperlyConfigured(f"{name} must be a number from {low:g} to {high:g}.") from exc
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name} is {value:g}; it must lie from {low:g} to {high:g}.")
    return value


DEBUG: bool = env.bool("DEBUG", default=False)
DATA_DIR = Path(env.str("CAIRN_DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

_INSECURE_KEY = "only-for-development-and-tests"
SECRET_KEY: str = env.str("SECRET_KEY", default=_INSECURE_KEY if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is empty. Set it to a long random string, or set DEBUG=1 on a laptop."
    )

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "accounts",
    "jobs",
    "research",
    "concepts",
    "mastery",
    "curriculum",
    "tutor",
    "config",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.logs.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.body_limit.BodyLimitMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.page_errors.PageErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'cairn.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A reader never waits for the writer (WAL), and a transaction that will write says so at its
    # first statement (IMMEDIATE) instead of failing when it upgrades its lock.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 30,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Opening a connection at every request would take longer than most of what is asked over it.
DATABASES["default"]["CONN_MAX_AGE"] = 60
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_COOKIES: bool = env.bool("SECURE_COOKIES", default=not DEBUG)
SESSION_COOKIE_SECURE = SECURE_COOKIES
CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

MAX_UPLOAD_BYTES = int(env_number("MAX_UPLOAD_MB", default=20, low=1, high=500)) * 1024 * 1024
# One request may bring several files; this bounds what is stored on the way before anyone looks at it.
MAX_REQUEST_BYTES = 10 * MAX_UPLOAD_BYTES
CSRF_FAILURE_VIEW = "config.page_errors.csrf_failed"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": [
        "config.parsers.JsonBody",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "config.paging.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api_errors.problem_response",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "PAGE_SIZE": 50,
    # How many proxies stand in front: without one, X-Forwarded-For is only what the client claims to be.
    "NUM_PROXIES": int(env_number("PROXIES", default=0, low=0, high=9)),
}
REST_KNOX = {"TOKEN_TTL": None, "USER_SERIALIZER": "accounts.serializers.UserSerializer"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cairn",
    "DESCRIPTION": "A tutor over a graph of concepts that teaches only what it can prove from its sources.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ConceptStatus": "concepts.models.Concept.Status",
        "RevisionKind": "concepts.models.Revision.Kind",
        "PrerequisiteStatus": "concepts.models.Prerequisite.Status",
        "AttemptVerdict": "tutor.models.Attempt.Verdict",
        "PointVerdict": "tutor.models.PointCredit.Verdict",
        "DecidedVerdict": "tutor.reply_models.DECIDABLE",
        "GraphDraftState": "concepts.models.GraphDraft.State",
    },
}

LOG_LEVEL = env_choice("LOG_LEVEL", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
LOG_FORMAT = env_choice("LOG_FORMAT", default="json", choices=("json", "console"))
LOGGING = logging_config(level=LOG_LEVEL, form=LOG_FORMAT)

# --- the tutor's engines -----------------------------------------------------------------------
TUTOR_ENGINE = env_choice("TUTOR_ENGINE", default="auto", choices=("auto", "ollama", "embedded"))
OLLAMA_HOSTS: list[str] = env.list("OLLAMA_HOST", default=["http://127.0.0.1:11434"])
OLLAMA_MODEL: str = env.str("OLLAMA_MODEL", default="mistral")
OLLAMA_NUM_CTX = int(env_number("OLLAMA_NUM_CTX", default=8192, low=2048, high=131072))
OLLAMA_TIMEOUT_S = env_number("OLLAMA_TIMEOUT_S", default=120, low=1, high=3600)
OLLAMA_CONCURRENCY = int(env_number("OLLAMA_CONCURRENCY", default=1, low=1, high=64))
MODEL_CALL_RECORDER = "jobs.recording.ModelCallRecorder"
MODEL_TEXT_RETENTION_DAYS = int(env_number("MODEL_TEXT_RETENTION_DAYS", default=7, low=0, high=3650))

EMBEDDER: str = env.str("EMBEDDER", default="vectorstore.minilm.MiniLmEmbedder")
READER: str = env.str("READER", default="vectorstore.minilm_reader.MiniLmReader")
# Empty grades explanations without a parser: exchanged roles are then told by word order alone.
PARSER: str = env.str("PARSER", default="vectorstore.spacy_parser.SpacyParser")
EMBEDDING_MODEL: str = env.str("EMBEDDING_MODEL", default="")
INDEX_DIR = Path(env.str("INDEX_DIR", default=str(DATA_DIR / "index")))

# --- fetching -----------------------------------------------------------------------------------
FETCH_ALLOWED_PRIVATE_HOSTS: list[str] = env.list("FETCH_ALLOWED_PRIVATE_HOSTS", default=[])
FETCH_TIMEOUT_S = env_number("FETCH_TIMEOUT_S", default=30, low=1, high=600)
FETCH_DELAY_S = env_number("FETCH_DELAY_S", default=1, low=0, high=60)
FETCH_CONTACT: str = env.str("FETCH_CONTACT", default="")
YOUTUBE_TRANSCRIPTS: str = env.str("YOUTUBE_TRANSCRIPTS", default="research.youtube.YouTubeTranscripts")
VIDEO_SEARCH: str = env.str("VIDEO_SEARCH", default="research.video_search.YtDlpSearch")

# --- long work ----------------------------------------------------------------------------------
JOB_HANDLERS = {
    "ingest": "research.services.ingesting.run_ingest",
    "rebuild_index": "research.services.indexing.run_rebuild_index",
    "extract": "concepts.services.extracting.run_extract",
    "extraction_cost": "concepts.services.extracting.run_extraction_cost",
    "weigh_edges": "mastery.services.edge_outcomes.run_weigh_edges",
    "prepare_lesson": "tutor.services.teaching.run_prepare_lesson",
    "grade_attempt": "tutor.services.checking.run_grade_attempt",
    "regrade_attempt": "tutor.services.disputing.run_regrade_attempt",
    "prepare_practice": "tutor.services.practising.run_prepare_practice",
    "prepare_placement": "tutor.services.placing.run_prepare_placement",
    "foresee_effort": "tutor.services.foreseeing.run_foresee_effort",
}
GOALS_IN_USE = "mastery.services.goals_in_use.goals_in_use"
AFTER_INGEST: list[str] = [
    "concepts.services.staleness.mark_stale_after_ingest",
    "tutor.services.carrying.carry_practice_after_ingest",
]
GRAPH_FOLLOWERS: list[str] = [
    "tutor.services.following.TutorFollower",
    "mastery.services.following.MasteryFollower",
]
# Which rooms forget along when a learner is forgotten.
LEARNER_FOLLOWERS: list[str] = ["tutor.services.forgetting.TutorForgets"]
# What the review queue asks about learners, of whom the room of concepts knows nothing.
REVIEW_SIGNALS = "mastery.services.review_signals.LearnerSignals"
# Records for research; the room of mastery knows nothing of the tutor's.
RESEARCH_TABLES = {
    "events": "mastery.services.records.EVENTS",
    "beliefs": "mastery.services.records.BELIEFS",
    "decisions": "tutor.services.records.DECISIONS",
    "lessons": "tutor.services.records.LESSONS",
    "probes": "mastery.services.records.PROBES",
    "assignments": "mastery.services.records.ASSIGNMENTS",
}
# Names the service that knows who is meant by the account of an xAPI statement.
XAPI_HOME_PAGE: str = env.str("XAPI_HOME_PAGE", default="http://localhost:8000")
JOB_LEASE_S = env_number("JOB_LEASE_S", default=30, low=1, high=3600)
JOB_MAX_ATTEMPTS = int(env_number("JOB_MAX_ATTEMPTS", default=5, low=1, high=100))
JOB_POLL_S = env_number("JOB_POLL_S", default=0.3, low=0.05, high=60)
