"""Every value that comes from outside, read once, typed and checked.

Sources, first wins: the process environment, `.env`, and `servers.env` in the data directory, which a
running `make run` writes so that a command typed beside it meets the same servers. `.env.example`
lists the names. What is wrong is said by name and without the value, because some values are secrets.
`config.env` holds what this module read for the running process.
"""

import base64
import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import parseaddr
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import dj_database_url
from dj_database_url import DBConfig
from dotenv import dotenv_values
from environs import Env, EnvError, EnvValidationError, ValidationError, validate

ROOT: Final = Path(__file__).resolve().parent.parent

# What a process meets when nothing is set and no `make run` is up: the usual places, so that commands
# which need no server still load the settings.
USUAL_DATABASE: Final = "postgresql://127.0.0.1:5432/licences"
USUAL_REDIS: Final = "redis://127.0.0.1:6379/0"

LOCAL_HOSTS: Final = ["localhost", "127.0.0.1", "[::1]"]
LOG_LEVELS: Final = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]


class Reader(Env):
    """Looks into the process environment first, then into the files in the order in which they were added.

    An empty value in a file counts as none; in the process environment it also hides what the files say.
    """

    def __init__(self, *files: Path) -> None:
        super().__init__()
        self._files = [dotenv_values(file) for file in files]

    def add(self, file: Path) -> None:
        self._files.append(dotenv_values(file))

    def _get_value(self, env_key: str, default: Any) -> Any:
        if env_key in os.environ:
            return os.environ[env_key] or default
        return next((value for file in self._files if (value := file.get(env_key))), default)


class InvalidEnvironment(Exception):
    """Names the variable and says what is wrong with it, without its value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The values of this process; `base_url` has no slash at its end. Its repr shows no secret."""

    data_dir: Path
    debug: bool
    secret_key: str = field(repr=False)
    base_url: str
    allowed_hosts: list[str]
    csrf_trusted_origins: list[str]
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    port: int
    web_threads: int
    web_workers: int
    trusted_proxy_count: int
    worker_concurrency: int
    log_format: str
    log_level: str
    email_url: str = field(repr=False)
    default_from_email: str
    support_desk_email: str
    app_store_url: str
    licence_vendor_key: str
    licence_server_url: str
    support_mfa_optional: bool
    api_requests_per_minute: int

    @property
    def database(self) -> DBConfig:
        """What Django's DATABASES wants to know about `database_url`."""
        return dj_database_url.parse(self.database_url)

    @property
    def licence_demo_key(self) -> str:
        """The secret behind the key that the demo's licences are signed with; empty outside development."""
        return _development_secret(self.data_dir, "licence_demo_key") if self.debug else ""


def read_environment() -> Environment:
    """Read and check every variable. Raises InvalidEnvironment for the first wrong one."""
    try:
        return _read(explicit_sources())
    except EnvValidationError as error:
        name = str(error).split('"')[1]
        raise InvalidEnvironment(f"{name}: {_first(error.error_messages)}") from None
    except EnvError as error:
        raise InvalidEnvironment(str(error)) from None


def explicit_sources() -> Reader:
    """The process environment and `.env`: what somebody chose, not what a `make run` left for us."""
    return Reader(ROOT / ".env")


def data_dir(reader: Reader) -> Path:
    return (ROOT / reader.str("DATA_DIR", ".data")).resolve()


def _first(messages: Any) -> str:
    """The first message; those of a list variable come by position."""
    while not isinstance(messages, str):
        messages = next(iter(messages.values() if isinstance(messages, dict) else messages))
    return messages


def _read(reader: Reader) -> Environment:
    data = data_dir(reader)
    reader.add(data / "servers.env")
    debug = reader.bool("DEBUG", False)
    port = reader.int("PORT", 8000, validate=_between(1, 65535))
    base_url = reader.str("BASE_URL", f"http://localhost:{port}", validate=_web_url).rstrip("/")
    public = urlsplit(base_url)
    return Environment(
        data_dir=data,
        debug=debug,
        secret_key=_secret_key(reader, debug=debug, data=data),
        base_url=base_url,
        allowed_hosts=reader.list("ALLOWED_HOSTS", LOCAL_HOSTS if debug else [public.hostname or ""], subcast=_host),
        csrf_trusted_origins=reader.list(
            "CSRF_TRUSTED_ORIGINS", [f"{public.scheme}://{public.netloc}"], subcast=_origin
        ),
        database_url=reader.str("DATABASE_URL", USUAL_DATABASE, validate=_database_url),
        redis_url=reader.str("REDIS_URL", USUAL_REDIS, validate=_redis_url),
        port=port,
        web_threads=reader.int("WEB_THREADS", 2, validate=_between(1, 4)),
        web_workers=reader.int("WEB_WORKERS", 2, validate=_between(1, 64)),
        trusted_proxy_count=reader.int("TRUSTED_PROXY_COUNT", 0, validate=_between(0, 9)),
        worker_concurrency=reader.int("WORKER_CONCURRENCY", 2, validate=_between(1, 64)),
        log_format=_choice(reader, "LOG_FORMAT", ["console", "json"], 0 if debug else 1),
        log_level=_choice(reader, "LOG_LEVEL", LOG_LEVELS, LOG_LEVELS.index("INFO")),
        email_url=reader.str("EMAIL_URL", _usual_mail(debug=debug), validate=_mail_url),
        default_from_email=reader.str(
            "DEFAULT_FROM_EMAIL", "Licences console <licences@console.example>", validate=_address
        ),
        support_desk_email=reader.str(
            "SUPPORT_DESK_EMAIL", "desk@console.example" if debug else "", validate=_bare_address_or_none
        ),
        app_store_url=reader.str("APP_STORE_URL", "https://appstore.example/", validate=_web_url),
        licence_vendor_key=_public_key(reader.str("LICENCE_VENDOR_KEY", "")),
        licence_server_url=_licence_server(reader, debug=debug, port=port),
        support_mfa_optional=_support_mfa_optional(reader, debug=debug),
        api_requests_per_minute=reader.int("API_REQUESTS_PER_MINUTE", 1200, validate=_between(1, 1_000_000)),
    )


def _secret_key(reader: Reader, *, debug: bool, data: Path) -> str:
    key = reader.str("SECRET_KEY", "", validate=_long_enough)
    if key:
        return key
    if not debug:
        raise InvalidEnvironment("SECRET_KEY: must be set unless DEBUG is on (50 or more random characters)")
    return _development_secret(data, "secret_key")


def _development_secret(data: Path, name: str) -> str:
    try:
        return _made_once(data / name)
    except OSError as error:
        raise InvalidEnvironment(f"DATA_DIR: {data} is of no use: {error.strerror}") from None


def _made_once(path: Path) -> str:
    """A secret of this checkout, made once; several processes may ask for it at the same moment."""
    if not path.exists():
        # PostgreSQL's own user, where there is one, must pass through the directory; nobody may list it.
        path.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete_on_close=False) as draft:
            draft.write(secrets.token_urlsafe(50))
            draft.close()
            # A link is all or nothing and never replaces: whoever comes second keeps the first key.
            with contextlib.suppress(FileExistsError):
                os.link(draft.name, path)
    return path.read_text()


def _public_key(value: str) -> str:
    """The 32 bytes of a public Ed25519 key, in base64url: from those in base64, or from a JWK. Empty for none."""
    try:
        x = _x_of_jwk(json.loads(value)) if value.startswith("{") else value
        bare = x.rstrip("=").replace("-", "+").replace("_", "/")
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (ValueError, KeyError):
        raw = b"?"
    if len(raw) not in (0, 32):
        raise InvalidEnvironment("LICENCE_VENDOR_KEY: must be a public Ed25519 key, as 32 bytes in base64 or as a JWK")
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _x_of_jwk(key: Any) -> str:
    if (key["kty"], key["crv"]) != ("OKP", "Ed25519") or "d" in key:
        raise ValueError
    return str(key["x"])


def _licence_server(reader: Reader, *, debug: bool, port: int) -> str:
    """Empty for none. In development the console is its own licence server."""
    usual = f"http://127.0.0.1:{port}/demo/licence-server/" if debug else ""
    url = str(reader.str("LICENCE_SERVER_URL", usual, validate=_web_url_or_none))
    parts = urlsplit(url)
    if parts.scheme == "http" and not debug and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise InvalidEnvironment("LICENCE_SERVER_URL: must be https://… unless the server is on this machine")
    return url


def _support_mfa_optional(reader: Reader, *, debug: bool) -> bool:
    optional = reader.bool("SUPPORT_MFA_OPTIONAL", debug)
    if optional and not debug:
        raise InvalidEnvironment("SUPPORT_MFA_OPTIONAL: may be on only while DEBUG is on")
    return bool(optional)


def _usual_mail(*, debug: bool) -> str:
    """In development mail stays in the outbox, which /dev/mail/ shows: it is delivered to nowhere."""
    return "dummy://" if debug else "smtp://localhost:25"


def _choice(reader: Reader, name: str, choices: list[str], usual: int) -> str:
    allowed = validate.OneOf(choices, error=f"must be one of {', '.join(choices)}")
    return str(reader.str(name, choices[usual], validate=allowed))


def _between(low: int, high: int) -> Callable[[int], int]:
    return validate.Range(low, high, error=f"must be a whole number from {low} to {high}")


def _check_url(value: str, *schemes: str, needs_host: bool = True) -> None:
    wanted = " or ".join(f"{scheme}://…" for scheme in schemes)
    try:
        url = urlsplit(value)
        complete = url.scheme in schemes and (url.hostname or not needs_host)
        _ = url.port  # raises ValueError for a port that is none
    except ValueError:
        complete = False
    if not complete:
        raise ValidationError(f"must be an address of the form {wanted}")


def _web_url(value: str) -> None:
    _check_url(value, "https", "http")


def _web_url_or_none(value: str) -> None:
    if value:
        _web_url(value)


def _redis_url(value: str) -> None:
    _check_url(value, "redis", "rediss")


def _database_url(value: str) -> None:
    _check_url(value, "postgresql", "postgres", needs_host=False)
    if not urlsplit(value).path.strip("/"):
        raise ValidationError("must end in the name of a database")


def _mail_url(value: str) -> None:
    _check_url(value, "smtp", "submission", "console", "file", "memory", "dummy", needs_host=False)


def _host(value: str) -> str:
    host = value.strip()
    if not host or "/" in host:
        raise ValidationError("must be host names with commas between them")
    return host


def _origin(value: str) -> str:
    _web_url(value.strip())
    return value.strip()


def _address(value: str) -> None:
    if "@" not in parseaddr(value)[1]:
        raise ValidationError("must be a mail address")


def _bare_address_or_none(value: str) -> None:
    if value and (parseaddr(value)[1] != value or value.count("@") != 1):
        raise ValidationError("must be a mail address without a name")


def _long_enough(value: str) -> None:
    if len(value) < 50:
        raise ValidationError("must have 50 or more random characters")
