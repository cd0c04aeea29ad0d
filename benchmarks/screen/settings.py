"""The settings of production, with a scratch database and the addresses of the bare views."""

import atexit
import os
import secrets
import tempfile
from pathlib import Path

_scratch = tempfile.TemporaryDirectory(prefix="licences-benchmark-")
atexit.register(_scratch.cleanup)
os.environ |= {
    "DEBUG": "false",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "BASE_URL": "https://console.example",
    "ALLOWED_HOSTS": "console.example",
    "CSRF_TRUSTED_ORIGINS": "https://console.example",
    "DATA_DIR": _scratch.name,
    "LOG_FORMAT": "json",
    "LOG_LEVEL": "INFO",
    "SUPPORT_MFA_OPTIONAL": "false",
}

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES, LOGGING, TEMPLATES  # noqa: E402

ROOT_URLCONF = "benchmarks.screen.urls"
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], Path(__file__).parent / "templates"]
DATABASES["owner"]["TEST"] = {"NAME": "licences_benchmark", "DEPENDENCIES": []}
# Every line is made as in production, and written where nobody reads it.
LOGGING["handlers"]["console"] |= {"class": "logging.FileHandler", "filename": os.devnull}
# The names are what pages need; compressing the files takes longer than the benchmark.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["css", "js", "svg", "map", "txt", "json", "html", "md"]
