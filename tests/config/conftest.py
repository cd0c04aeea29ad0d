"""What the process would write to its log, line by line, at the most talkative level."""

import io
import json
import logging.config
from typing import Any

import pytest
from django.conf import settings

from config.logs import logging_config


class Log:
    def __init__(self, stream: io.StringIO) -> None:
        self.stream = stream

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line as the object that it is; a line that is none fails the test."""
        return [json.loads(line) for line in self.text.removesuffix("\n").split("\n") if line]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]


@pytest.fixture
def log() -> Any:
    stream = io.StringIO()
    chatty = logging_config(log_format="json", level="DEBUG")
    chatty["handlers"]["console"]["stream"] = stream
    logging.config.dictConfig(chatty)
    yield Log(stream)
    logging.config.dictConfig(settings.LOGGING)
