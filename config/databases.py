"""Two doors to one database (docs/adr/0002): requests and tasks assume a role that row-level security binds;
`manage.py migrate` and what loads the catalogue go through the owner."""

from typing import Any

from config.tenancy.roles import forget_scope


def databases(parts: dict[str, Any], *, web_threads: int) -> dict[str, dict[str, Any]]:
    """Django's DATABASES for what DATABASE_URL says, and for so many threads in a process."""
    options = {
        **parts.get("OPTIONS", {}),
        "connect_timeout": 5,
        "tcp_user_timeout": 20_000,
        "application_name": "licences-console",
    }
    return {
        "default": {
            **parts,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": {
                **options,
                # Not `assume_role`: while the pool makes a connection, that asks it for another and waits for ever.
                "options": "-c role=licences_app"
                " -c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=60s",
                "pool": {
                    "min_size": 0,
                    "max_size": web_threads + 2,
                    "timeout": 10,
                    "max_idle": 120,
                    "reset": forget_scope,
                },
            },
            "TEST": {"MIRROR": "owner"},
        },
        "owner": {**parts, "OPTIONS": options},
    }
