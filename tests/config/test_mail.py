from typing import Any

import pytest

from config.mail import mailers

SMTP = "django.core.mail.backends.smtp.EmailBackend"


@pytest.mark.parametrize(
    ("address", "backend", "options"),
    [
        ("smtp://mail.example", SMTP, {"host": "mail.example", "port": 25, "use_tls": False, "timeout": 10}),
        ("submission://u:p%40@mail.example", SMTP, {"port": 587, "use_tls": True, "username": "u", "password": "p@"}),
        ("smtp://mail.example:465?ssl=true&timeout=3", SMTP, {"port": 465, "use_ssl": True, "timeout": 3}),
        ("file:///var/mail/out", "django.core.mail.backends.filebased.EmailBackend", {"file_path": "/var/mail/out"}),
        ("console://", "django.core.mail.backends.console.EmailBackend", {}),
        ("dummy://", "django.core.mail.backends.dummy.EmailBackend", {}),
    ],
)
def test_the_address_says_how_mail_leaves(address: str, backend: str, options: dict[str, Any]) -> None:
    found = mailers(address)

    assert found["outside"]["BACKEND"] == backend
    assert found["outside"]["OPTIONS"].items() >= options.items()
    assert found["default"] == {"BACKEND": "notifications.mail_backend.OutboxBackend"}
