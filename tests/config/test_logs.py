from __future__ import annotations

import json
import logging
import logging.config
import sys

import pytest

from config.logs import logging_config


def test_an_exception_that_django_logs_is_written_with_its_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = logging_config(level="INFO", form="json")
    formatter = logging.config.DictConfigurator(config).configure_formatter(config["formatters"]["cairn"])
    try:
        raise RuntimeError("the shelf fell down")
    except RuntimeError:
        record = logging.LogRecord(
            "django.request", logging.ERROR, __file__, 1, "broken", None, sys.exc_info()
        )
    line = json.loads(formatter.format(record))
    assert "RuntimeError: the shelf fell down" in line["exception"]
    assert "Traceback" in line["exception"]
