"""Which queue each task goes to, and when beat asks for it.

Beat only says that it is time: what was due and is done is remembered in PostgreSQL, so two beats do no harm.
"""

from typing import Any, Final

ROUTES: Final = {
    "notifications.tasks.hand_out_jobs": {"queue": "sweeps"},
    "notifications.tasks.run_job": {"queue": "jobs"},
    "notifications.tasks.start_nightly_jobs": {"queue": "sweeps"},
    "notifications.tasks.clear_expired_sessions": {"queue": "sweeps"},
    "notifications.tasks.hand_out_fetching": {"queue": "sweeps"},
    "notifications.tasks.note_licence_dates": {"queue": "sweeps"},
    "notifications.tasks.drop_old_use": {"queue": "sweeps"},
    "notifications.tasks.fetch_licences": {"queue": "jobs"},
    "notifications.tasks.rebuild_index_where_needed": {"queue": "sweeps"},
    "notifications.tasks.deliver_mail": {"queue": "mail"},
    "notifications.tasks.tell_of_licence_dates": {"queue": "sweeps"},
    "notifications.tasks.tell_of_requests": {"queue": "sweeps"},
    "notifications.tasks.tell_of_limits": {"queue": "sweeps"},
    "notifications.tasks.tell_of_usage": {"queue": "sweeps"},
    "notifications.tasks.tell_of_deadlines": {"queue": "sweeps"},
    "notifications.tasks.note_deadlines": {"queue": "sweeps"},
    "notifications.tasks.expire_reservations": {"queue": "sweeps"},
    "notifications.tasks.settle_limits": {"queue": "sweeps"},
    "notifications.tasks.write_support_budgets": {"queue": "sweeps"},
    "notifications.tasks.settle_allowances": {"queue": "sweeps"},
    "notifications.tasks.close_months": {"queue": "jobs"},
    "notifications.tasks.compare_usage": {"queue": "jobs"},
    "notifications.tasks.keep_usage_tables": {"queue": "sweeps"},
    "notifications.tasks.forget_old_answers": {"queue": "sweeps"},
    "notifications.tasks.forget_old_mail": {"queue": "sweeps"},
    "notifications.tasks.forget_files": {"queue": "sweeps"},
}

SCHEDULE: Final[dict[str, dict[str, Any]]] = {
    "hand out jobs that are due": {
        "task": "notifications.tasks.hand_out_jobs",
        "schedule": 5,
        "options": {"expires": 5},
    },
    "deliver mail that is due": {"task": "notifications.tasks.deliver_mail", "schedule": 5, "options": {"expires": 5}},
    "tell of licence dates": {"task": "notifications.tasks.tell_of_licence_dates", "schedule": 600},
    "tell of requests": {"task": "notifications.tasks.tell_of_requests", "schedule": 10, "options": {"expires": 10}},
    "tell of limits": {"task": "notifications.tasks.tell_of_limits", "schedule": 10, "options": {"expires": 10}},
    "tell of usage": {"task": "notifications.tasks.tell_of_usage", "schedule": 60, "options": {"expires": 60}},
    "tell of deadlines": {
        "task": "notifications.tasks.tell_of_deadlines",
        "schedule": 60,
        "options": {"expires": 60},
    },
    "note deadlines": {"task": "notifications.tasks.note_deadlines", "schedule": 60, "options": {"expires": 60}},
    "expire reservations": {
        "task": "notifications.tasks.expire_reservations",
        "schedule": 10,
        "options": {"expires": 10},
    },
    "settle limits": {"task": "notifications.tasks.settle_limits", "schedule": 60, "options": {"expires": 60}},
    "write support budgets": {"task": "notifications.tasks.write_support_budgets", "schedule": 3600},
    "settle allowances": {"task": "notifications.tasks.settle_allowances", "schedule": 60, "options": {"expires": 60}},
    # Twice: two processes of the worker share what is due.
    "close months, too": {"task": "notifications.tasks.close_months", "schedule": 300, "options": {"expires": 300}},
    "close months": {"task": "notifications.tasks.close_months", "schedule": 300, "options": {"expires": 300}},
    "compare usage": {"task": "notifications.tasks.compare_usage", "schedule": 24 * 3600},
    "keep usage tables": {"task": "notifications.tasks.keep_usage_tables", "schedule": 6 * 3600},
    "forget old answers": {"task": "notifications.tasks.forget_old_answers", "schedule": 24 * 3600},
    "forget old mail": {"task": "notifications.tasks.forget_old_mail", "schedule": 24 * 3600},
    "forget uploaded files": {"task": "notifications.tasks.forget_files", "schedule": 600},
    "start nightly jobs": {"task": "notifications.tasks.start_nightly_jobs", "schedule": 300},
    "clear expired sessions": {"task": "notifications.tasks.clear_expired_sessions", "schedule": 3600},
    "note licence dates": {"task": "notifications.tasks.note_licence_dates", "schedule": 3600},
    "rebuild the index where needed": {"task": "notifications.tasks.rebuild_index_where_needed", "schedule": 300},
    "drop old use": {"task": "notifications.tasks.drop_old_use", "schedule": 24 * 3600},
    # How often each tenant's licences are asked for: licences/services/fetching.py.
    "fetch licences": {"task": "notifications.tasks.hand_out_fetching", "schedule": 300, "options": {"expires": 300}},
}
