"""The service's own settings for tests: no network, no model server, a deterministic embedder."""

from __future__ import annotations

import os

os.environ.setdefault("DEBUG", "1")

from config.settings import *  # noqa: F403

DEBUG = False
TUTOR_ENGINE = "embedded"
EMBEDDER = "vectorstore.hash_embedder.HashEmbedder"
READER = "vectorstore.hash_reader.HashReader"
PARSER = ""
FETCH_DELAY_S = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOG_LEVEL = "WARNING"
