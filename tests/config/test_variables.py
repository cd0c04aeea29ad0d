"""Variables: each is checked, and a wrong one is named without its value."""

import base64
import json
import re
from pathlib import Path

import pytest

from config.variables import ROOT, InvalidEnvironment, read_environment
from tests.config.supervised import NAMES

KEY = "k" * 50


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "data"))


def test_the_example_file_explains_every_variable_in_one_line() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()

    named = [line.removesuffix("=") for line in lines if re.fullmatch("[A-Z_]+=", line)]
    explained = [name for name in named if lines[lines.index(f"{name}=") - 1].startswith("# ")]

    assert sorted(named) == sorted(NAMES)
    assert explained == named


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("DEBUG", "perhaps"),
        ("SECRET_KEY", "hunter2"),
        ("BASE_URL", "console.hunter2"),
        ("ALLOWED_HOSTS", "https://hunter2/"),
        ("CSRF_TRUSTED_ORIGINS", "https://a.example,hunter2"),
        ("DATABASE_URL", "mysql://hunter2@db.example/licences"),
        ("DATABASE_URL", "postgresql://hunter2@db.example"),
        ("DATABASE_URL", "postgresql://hunter2@db.example:port/licences"),
        ("REDIS_URL", "hunter2"),
        ("PORT", "hunter2"),
        ("PORT", "65536"),
        ("WEB_WORKERS", "0"),
        ("WEB_THREADS", "5"),
        ("WORKER_CONCURRENCY", "-1"),
        ("LOG_FORMAT", "hunter2"),
        ("LOG_LEVEL", "hunter2"),
        ("EMAIL_URL", "hunter2@mail.example"),
        ("DEFAULT_FROM_EMAIL", "hunter2"),
        ("SUPPORT_DESK_EMAIL", "hunter2"),
        ("SUPPORT_DESK_EMAIL", "Desk <hunter2@desk.example>"),
        ("APP_STORE_URL", "ftp://hunter2.example"),
        ("LICENCE_VENDOR_KEY", "hunter2"),
        ("LICENCE_VENDOR_KEY", '{"kty": "OKP", "crv": "X25519", "x": "hunter2"}'),
        ("LICENCE_VENDOR_KEY", '{"kty": "OKP"'),
        ("LICENCE_SERVER_URL", "hunter2"),
        ("SUPPORT_MFA_OPTIONAL", "hunter2"),
        ("API_REQUESTS_PER_MINUTE", "0"),
    ],
)
def test_a_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, wrong: str) -> None:
    if name != "DEBUG":
        monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv(name, wrong)

    with pytest.raises(InvalidEnvironment, match=f"^{name}: ") as refusal:
        read_environment()

    assert "hunter2" not in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_production_needs_a_secret_key_and_no_shortcut_for_support(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidEnvironment, match="SECRET_KEY: "):
        read_environment()

    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("SUPPORT_MFA_OPTIONAL", "true")
    with pytest.raises(InvalidEnvironment, match="SUPPORT_MFA_OPTIONAL: "):
        read_environment()


def test_production_takes_hosts_and_origins_from_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("BASE_URL", "https://licences.example/")

    environment = read_environment()

    assert environment.base_url == "https://licences.example"
    assert environment.allowed_hosts == ["licences.example"]
    assert environment.csrf_trusted_origins == ["https://licences.example"]
    assert (environment.debug, environment.log_format, environment.support_mfa_optional) == (False, "json", False)


def test_the_development_key_is_made_once_and_only_its_owner_reads_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBUG", "true")

    first, second = read_environment(), read_environment()

    assert first.secret_key == second.secret_key
    assert len(first.secret_key) >= 50
    assert (first.data_dir / "secret_key").stat().st_mode & 0o077 == 0


def test_no_secret_shows_when_the_environment_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://me:hunter2@db.example/licences")
    monkeypatch.setenv("REDIS_URL", "redis://:hunter2@redis.example")
    monkeypatch.setenv("EMAIL_URL", "smtp://me:hunter2@mail.example")

    printed = repr(read_environment())

    assert "hunter2" not in printed
    assert KEY not in printed


def test_a_running_supervisor_lends_its_values_and_a_chosen_one_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.setenv("REDIS_URL", "redis://chosen.example/0")
    monkeypatch.delenv("DATABASE_URL")
    note = read_environment().data_dir / "servers.env"
    note.parent.mkdir()
    note.write_text("DATABASE_URL='postgresql://lent.example/licences'\nREDIS_URL='redis://lent.example/0'\n")

    environment = read_environment()

    assert environment.redis_url == "redis://chosen.example/0"
    assert environment.database_url == "postgresql://lent.example/licences"


RAW_KEY = bytes(range(251, 256)) + bytes(27)
KEY_IN_BASE64URL = base64.urlsafe_b64encode(RAW_KEY).decode().rstrip("=")


@pytest.mark.parametrize(
    "written",
    [
        KEY_IN_BASE64URL,
        base64.b64encode(RAW_KEY).decode(),
        json.dumps({"kty": "OKP", "crv": "Ed25519", "x": KEY_IN_BASE64URL}),
    ],
    ids=["base64url", "base64", "jwk"],
)
def test_the_vendors_key_may_be_written_in_three_ways(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("LICENCE_VENDOR_KEY", written)

    assert read_environment().licence_vendor_key == KEY_IN_BASE64URL


def test_a_private_key_is_not_taken_for_the_vendors(monkeypatch: pytest.MonkeyPatch) -> None:
    private = {"kty": "OKP", "crv": "Ed25519", "x": KEY_IN_BASE64URL, "d": "hunter2"}
    monkeypatch.setenv("DEBUG", "true")
    monkeypatch.setenv("LICENCE_VENDOR_KEY", json.dumps(private))

    with pytest.raises(InvalidEnvironment, match=r"^LICENCE_VENDOR_KEY: ") as refusal:
        read_environment()

    assert "hunter2" not in str(refusal.value)


def test_licences_are_not_fetched_in_the_clear_from_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    for address in ("http://127.0.0.1:8009/", "https://licences.example/sets/"):
        monkeypatch.setenv("LICENCE_SERVER_URL", address)
        assert read_environment().licence_server_url == address

    monkeypatch.setenv("LICENCE_SERVER_URL", "http://licences.example/")
    with pytest.raises(InvalidEnvironment, match=r"^LICENCE_SERVER_URL: "):
        read_environment()


def test_only_development_has_a_demo_key_and_a_licence_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", KEY)
    production = read_environment()
    monkeypatch.setenv("DEBUG", "true")
    development, again = read_environment(), read_environment()

    assert (production.licence_demo_key, production.licence_server_url) == ("", "")
    assert development.licence_server_url == "http://127.0.0.1:8000/demo/licence-server/"
    assert len(development.licence_demo_key) >= 50
    assert development.licence_demo_key == again.licence_demo_key
    assert development.licence_demo_key not in repr(development)
