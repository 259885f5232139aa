"""Django settings for every mode; what differs comes from `backoffice.env`."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from backoffice import env
from backoffice.api.answers import COMPONENTS, ENUM_NAMES, TAGS
from backoffice.console.theme import UNFOLD  # noqa: F401 — a setting
from backoffice.embedded.services import broker_address, database_address
from backoffice.logs import configuration, configure_structlog
from backoffice.schedule import SCHEDULE

ROOT = Path(__file__).resolve().parent.parent
try:
    ENVIRONMENT = env.read(environ=os.environ, root=ROOT)
except ImproperlyConfigured as refusal:  # the message alone: a traceback would bury it
    raise SystemExit(str(refusal)) from None

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key
FIELD_KEYS = ENVIRONMENT.field_keys
BLIND_INDEX_KEY = ENVIRONMENT.blind_index_key
ALLOWED_HOSTS = list(ENVIRONMENT.allowed_hosts)
CSRF_TRUSTED_ORIGINS = list(ENVIRONMENT.csrf_trusted_origins)
IS_DEMO = ENVIRONMENT.is_demo

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "pgtrigger",
    "pghistory",
    "django_celery_beat",
    "django_celery_results",
    "django_structlog",
    "backoffice.apps.BackofficeConfig",
    "compliance.apps.ComplianceConfig",
    "accounts.apps.AccountsConfig",
    "risk.apps.RiskConfig",
]
if ENVIRONMENT.is_demo:  # a developer's tools, where they are installed: the demo itself has none
    _TOOLS = ("django_linear_migrations", "django_migration_linter")
    INSTALLED_APPS += [app for app in _TOOLS if find_spec(app)]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "backoffice.api.request_id.RequestIdMiddleware",
    "backoffice.api.problems.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "backoffice.api.request_id.LoggingMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.staff.middleware.StaffSessionMiddleware",
]

ROOT_URLCONF = "backoffice.urls"
WSGI_APPLICATION = "backoffice.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "backoffice.console.context.account_pages",
            ]
        },
    }
]

# ── database ────────────────────────────────────────────────────────────────────────────────


def _database(url: str | None) -> dict[str, Any]:
    """The embedded server when no URL is given: started on the first connection."""
    shared: dict[str, Any] = {
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        # Server-side parameters and prepared statements: twice the throughput on the decision
        # path. A transaction-pooling proxy needs DATABASE_URL?prepare_threshold=none.
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
    }
    if url is None:
        address = database_address(project_root=ROOT)
        return {
            "ENGINE": "backoffice.embedded.postgresql",
            "NAME": address.name,
            "USER": address.user,
            "HOST": address.host,
            **shared,
        }
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    if query.get("prepare_threshold", "").lower() == "none":
        shared["OPTIONS"]["prepare_threshold"] = None
    query.pop("prepare_threshold", None)
    host = query.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        **shared,
        "OPTIONS": {**shared["OPTIONS"], **query},
    }


DATABASES = {"default": _database(ENVIRONMENT.database_url)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache_entries",
    }
}

# ── people ──────────────────────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "accounts.StaffUser"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.staff.adapters.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "login": "accounts.staff.sign_in.StaffLoginForm",
    "reauthenticate": "accounts.staff.sign_in.StaffReauthenticateForm",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENVIRONMENT.is_behind_tls_proxy else 0
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "accounts.staff.adapters.StaffMfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Sluice"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = ENVIRONMENT.is_demo
REQUIRE_SECOND_FACTOR = ENVIRONMENT.require_second_factor
USERSESSIONS_TRACK_ACTIVITY = False
STAFF_SESSIONS_PER_USER = 3
STAFF_SESSION_IDLE_SECONDS = 30 * 60
STAFF_SESSION_LIFETIME_SECONDS = 12 * 60 * 60
SESSION_COOKIE_AGE = STAFF_SESSION_LIFETIME_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

IDP_OIDC_ADAPTER = "backoffice.api.oauth.ClientAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 60 * 60

# ── languages and time ──────────────────────────────────────────────────────────────────────

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "backoffice" / "locale", ROOT / "backoffice" / "console" / "theme_locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["backoffice.console.formats"]
USE_TZ = True
LENDER_TIME_ZONE = "Asia/Shanghai"
TIME_ZONE = LENDER_TIME_ZONE  # shown to operators; stored and served as UTC

# ── web ─────────────────────────────────────────────────────────────────────────────────────

STATIC_URL = "/static/"
# The demo serves files from where they are; `collectstatic` fills this folder for production.
STATIC_ROOT = None if ENVIRONMENT.is_demo else ENVIRONMENT.static_root
WHITENOISE_USE_FINDERS = ENVIRONMENT.is_demo
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if ENVIRONMENT.is_demo
        else "backoffice.static_files.HashedModulesStorage"
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
if not ENVIRONMENT.is_demo:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
if ENVIRONMENT.is_behind_tls_proxy:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        # Unfold's Alpine.js evaluates expressions and sets style attributes; the docs page of
        # the API starts itself with an inline script, allowed by its nonce.
        "script-src": ["'self'", "'unsafe-eval'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "worker-src": ["'self'", "blob:"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
        "base-uri": ["'self'"],
        "object-src": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # a draft policy's editor posts one field a cell
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = [
    "backoffice.lib.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# ── API ─────────────────────────────────────────────────────────────────────────────────────

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["backoffice.api.oauth.ClientAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["backoffice.api.oauth.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["backoffice.api.rendering.ExactJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["backoffice.api.parsing.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "backoffice.api.schema.SluiceSchema",
    "EXCEPTION_HANDLER": "backoffice.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sluice API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": (
        "May this customer use this credit now, on what terms, and if not, why. "
        "How tokens, retries, errors, pages and languages work is in docs/api.md."
    ),
    "TAGS": TAGS,
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "COMPONENT_SPLIT_REQUEST": False,  # what is sent and what is answered are separate already
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": False,
    "APPEND_COMPONENTS": COMPONENTS,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": ENUM_NAMES,
}
IDEMPOTENCY_RETENTION_HOURS = 72

# ── background work ─────────────────────────────────────────────────────────────────────────

# How a campaign goes unless it says otherwise when it is started.
CAMPAIGN_LANES = ENVIRONMENT.campaign_lanes
CAMPAIGN_CUSTOMERS_PER_SECOND = ENVIRONMENT.campaign_customers_per_second
CAMPAIGN_NOTICES_PER_SECOND = ENVIRONMENT.campaign_notices_per_second

CELERY_BROKER_URL = ENVIRONMENT.broker_url or broker_address(project_root=ROOT)
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = False
CELERY_TASK_TRACK_STARTED = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 60 * 60
CELERY_TASK_DEFAULT_QUEUE = "sluice"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# What may take its time goes behind what somebody waits for (0, unless said here): a hundred
# thousand notices to send must not hold up the decision that follows an event.
CELERY_TASK_ROUTES = {
    "compliance.notices.deliver_due": {"priority": 6},
    "risk.decisions.run_campaign": {"priority": 6},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "max_retries": 0,  # when publishing: the default waits four seconds inside the request
    "visibility_timeout": 2 * 60 * 60,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 10,
    "socket_connect_timeout": 2,
    "socket_timeout": 30,
}
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = SCHEDULE

SNAPSHOT_DIR = ENVIRONMENT.snapshot_dir

# ── notices ─────────────────────────────────────────────────────────────────────────────────

EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend"
    if ENVIRONMENT.is_demo and not ENVIRONMENT.mail_server
    else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = ROOT / ".sluice" / "mail"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENVIRONMENT.default_from_email
if ENVIRONMENT.mail_server:
    EMAIL_HOST = ENVIRONMENT.mail_server.host
    EMAIL_PORT = ENVIRONMENT.mail_server.port
    EMAIL_HOST_USER = ENVIRONMENT.mail_server.user
    EMAIL_HOST_PASSWORD = ENVIRONMENT.mail_server.password
    EMAIL_USE_TLS = ENVIRONMENT.mail_server.security == "starttls"
    EMAIL_USE_SSL = ENVIRONMENT.mail_server.security == "tls"
    EMAIL_TIMEOUT = 10
NOTICE_BY_EMAIL = ENVIRONMENT.is_demo or ENVIRONMENT.mail_server is not None
SWITCH_SCOPES = "accounts.access.queries.switch_scopes"
NOTICE_ADDRESS_BOOK = "accounts.customers.queries.contact"
NOTICE_RECIPIENTS = "accounts.customers.queries.resolve_id"
NOTICE_WEBHOOK_URL = ENVIRONMENT.webhook_url
NOTICE_WEBHOOK_SECRET = ENVIRONMENT.webhook_secret
SMS_PROVIDER = ENVIRONMENT.sms_provider
BUREAU_URL, BUREAU_TOKEN = ENVIRONMENT.bureau_url, ENVIRONMENT.bureau_token
IDENTITY_URL, IDENTITY_TOKEN = ENVIRONMENT.identity_url, ENVIRONMENT.identity_token

# ── policies ────────────────────────────────────────────────────────────────────────────────

POLICY_SEPARATION = ENVIRONMENT.policy_separation
POLICY_PROOF_DAYS = ENVIRONMENT.policy_proof_days

# ── events ──────────────────────────────────────────────────────────────────────────────────

EVENT_RETENTION_MONTHS = ENVIRONMENT.event_retention_months

# ── checks and logs ─────────────────────────────────────────────────────────────────────────

# What arrives here has been checked or made by RequestIdMiddleware.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True
MIGRATION_LINTER_OPTIONS = {
    "include_apps": ["backoffice", "compliance", "accounts", "risk"],
    # Until the first release these make empty tables, where nothing can be unsafe.
    "ignore_name": [
        "0001_foundation",
        "0002_cache_table",
        "0002_references",
        # The table of campaigns: a few rows a month.
        "0002_campaign_shards",
        "0004_campaigns_without_position",
    ],
    # New tables, and constraints on policy versions: a lender has hundreds, deciders only read.
    "ignore_name_contains": "policy_lifecycle",
}
LOGGING = configuration(level=ENVIRONMENT.log_level)
configure_structlog()
