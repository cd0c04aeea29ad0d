"""Django's settings. Every variable that an operator may set is read, checked and named in config/env.py."""

from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from config.databases import databases
from config.env import env
from config.logs import logging_config
from config.mail import mailers
from config.schedule import ROUTES, SCHEDULE

BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.debug
SECRET_KEY = env.secret_key
ALLOWED_HOSTS = env.allowed_hosts
CSRF_TRUSTED_ORIGINS = env.csrf_trusted_origins
ROOT_URLCONF = "config.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "licences.User"

INSTALLED_APPS = [
    "licences",
    "metering",
    "notifications",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
]

MIDDLEWARE = [
    "config.request_log.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "config.health.HealthMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.polls.SharedPollMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "licences.sessions.SessionLimitsMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "licences.middleware.TenancyMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "config.htmx.LoginRedirectMiddleware",
    "licences.admission.AdmissionMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
            "libraries": {"lucide": "config.icons"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.csp",
                "licences.access.access",
                "notifications.context.bulletin",
            ],
        },
    },
]

DATABASES = databases(dict(env.database), web_threads=env.web_threads)
DATABASE_ROUTERS = ["config.tenancy.roles.OwnerMigrates"]

CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "config.cache.SteadyCache",
        "LOCATION": env.redis_url,
        "KEY_PREFIX": "licences",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    },
    "moment": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "moment",
        "TIMEOUT": 1,
        "OPTIONS": {"MAX_ENTRIES": 20_000},  # a hash for each session that watches
    },
}

# Logging in (docs/adr/0007): allauth by user ID; licences/adapter.py says who is let in, licences/sessions.py how long.
AUTHENTICATION_BACKENDS = ["licences.backends.UserBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_RESET_TIMEOUT = 3600
BASE_URL = env.base_url
LOGIN_URL = LOGOUT_REDIRECT_URL = "account_login"
SUPPORT_MFA_OPTIONAL = env.support_mfa_optional

ACCOUNT_ADAPTER = "licences.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "licences.forms.accounts.LoginForm",
    "change_password": "licences.forms.accounts.ChangePasswordForm",
    "reset_password": "licences.forms.accounts.ResetPasswordForm",
    "reset_password_from_key": "licences.forms.accounts.ChoosePasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "login_id"
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_SESSION_REMEMBER = False
# Whose address counts for the limits: that many proxies of ours stand in front and add to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.trusted_proxy_count
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "10/5m/key,60/5m/ip"}
MFA_ADAPTER = "licences.adapter.MFAAdapter"
MFA_FORMS = {
    "add_webauthn": "licences.forms.accounts.AddKeyForm",
    "authenticate_webauthn": "licences.forms.accounts.KeyStepForm",
    "login_webauthn": "licences.forms.accounts.PasskeyLoginForm",
    "reauthenticate_webauthn": "licences.forms.accounts.KeyProofForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Licences console"

# Cookies and headers. The prefix keeps other hosts of the same domain from planting a cookie; it needs TLS.
_cookie_prefix = "" if DEBUG else "__Host-"
SESSION_COOKIE_NAME = f"{_cookie_prefix}sessionid"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_NAME = f"{_cookie_prefix}csrftoken"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz/"]
SECURE_PROXY_SSL_HEADER = None if DEBUG else ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 0 if DEBUG else 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEBUG
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    **{source: [CSP.SELF] for source in ("script-src", "style-src", "img-src", "font-src", "connect-src")},
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.data_dir / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# A licence file is small: what is sent stays in memory within bounds, or is dropped.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

DEFAULT_FROM_EMAIL = env.default_from_email
SUPPORT_DESK_EMAIL = env.support_desk_email
MAILERS = mailers(env.email_url)

# Celery: the worker's faults and what each setting is worth were measured (docs/adr/0004).
CELERY_BROKER_URL = env.redis_url
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
}
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_DEFAULT_QUEUE = "jobs"
CELERY_TASK_ROUTES = ROUTES
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TASK_SOFT_TIME_LIMIT = 3540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CONCURRENCY = env.worker_concurrency
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_BEAT_SCHEDULE = SCHEDULE

APP_STORE_URL = env.app_store_url
API_REQUESTS_PER_MINUTE = env.api_requests_per_minute
LICENCE_SERVER_URL = env.licence_server_url
LICENCE_VENDOR_KEY = env.licence_vendor_key
LICENCE_DEMO_KEY = env.licence_demo_key  # empty unless DEBUG

LOGGING = logging_config(log_format=env.log_format, level=env.log_level)
