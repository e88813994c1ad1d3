"""What connects this installation to services of others, under the names those services and their users know."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field, HttpUrl, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from adapters.federation import configured

ProviderName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Secret = SecretStr | None

#: Variables that say nothing without others.
TOGETHER: tuple[tuple[str, ...], ...] = (
    ("WORKOS_API_KEY", "WORKOS_CLIENT_ID"),
    ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET"),
    ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_PHONE_NUMBER"),
    ("SUPABASE_URL", "SUPABASE_SERVICE_KEY"),
)
#: A variable, and what it says nothing without.
NEEDS: dict[str, str] = {
    "STRIPE_WEBHOOK_SECRET": "STRIPE_SECRET_KEY",
    "WORKOS_WEBHOOK_SECRET": "WORKOS_API_KEY",
    "REDIS_PORT": "REDIS_HOST",
}
EMAIL_KEYS = {"sendgrid": "SENDGRID_API_KEY", "resend": "RESEND_API_KEY"}


def incomplete(given: Iterable[str], email_provider: str | None = None) -> list[str]:
    """Return, of variables that are given, what is missing beside them."""
    names = set(given)
    wrong = [
        f"{', '.join(sorted(set(group) - names))}: needed beside {', '.join(sorted(names.intersection(group)))}"
        for group in TOGETHER
        if names.intersection(group) and not names.issuperset(group)
    ]
    wrong += [f"{needed}: needed beside {name}" for name, needed in NEEDS.items() if name in names - {needed}
              and needed not in names]  # fmt: skip
    key = EMAIL_KEYS.get(email_provider or "")
    return [*wrong, f"{key}: needed where EMAIL_PROVIDER is {email_provider}"] if key and key not in names else wrong


def named(name: str, *others: str, **more: Any) -> Any:
    """Return a field that is nothing unless the environment gives it under one of these names."""
    from pydantic import AliasChoices

    return Field(default=None, validation_alias=AliasChoices(name, *others), **more)


class Vendors(BaseSettings):
    """Keys and addresses. A service of which nothing is given is not used, and its health is `not configured`."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    workos_api_key: Secret = named("WORKOS_API_KEY")
    """Key of WorkOS, which signs people in."""
    workos_client_id: str | None = named("WORKOS_CLIENT_ID")
    """Which application of WorkOS this is."""
    workos_webhook_secret: Secret = named("WORKOS_WEBHOOK_SECRET")
    """What WorkOS signs its webhooks with."""
    workos_roles: dict[str, str] = {}
    """Which of its roles is which of ours, as JSON."""
    google_client_id: str | None = named("GOOGLE_CLIENT_ID")
    """Which application of Google's sign-in this is."""
    google_client_secret: Secret = named("GOOGLE_CLIENT_SECRET")
    """Its secret."""
    firebase_project_id: str | None = named("FIREBASE_PROJECT_ID")
    """The project of Firebase Auth that signs people in."""
    identity_providers: dict[ProviderName, configured.Provider] = Field(default={}, repr=False)
    """Identity providers by name, as JSON; those above are there as soon as their own variables are set."""
    provider_seconds: float = Field(default=5.0, gt=0, le=30)
    """How long an identity provider may take to answer."""
    stripe_secret_key: Secret = named("STRIPE_SECRET_KEY")
    """Key of Stripe, which takes payments."""
    stripe_webhook_secret: Secret = named("STRIPE_WEBHOOK_SECRET")
    """What Stripe signs its webhooks with."""
    novu_secret_key: Secret = named("NOVU_SECRET_KEY", "NOVU_API_KEY")
    """Key of Novu, which delivers notices."""
    qstash_token: Secret = named("QSTASH_TOKEN")
    """Token of Upstash QStash."""
    email_provider: Literal["ses", "sendgrid", "resend", "smtp", "spool"] | None = named("EMAIL_PROVIDER")
    """Who sends e-mail."""
    sendgrid_api_key: Secret = named("SENDGRID_API_KEY")
    """Key of SendGrid, which sends e-mail."""
    resend_api_key: Secret = named("RESEND_API_KEY")
    """Key of Resend, which sends e-mail."""
    twilio_account_sid: str | None = named("TWILIO_ACCOUNT_SID")
    """Account at Twilio, which sends text messages."""
    twilio_auth_token: Secret = named("TWILIO_AUTH_TOKEN")
    """Token of that account."""
    twilio_phone_number: str | None = named("TWILIO_PHONE_NUMBER", pattern=r"^\+[1-9]\d{6,14}$")
    """The number messages come from, as +351…"""
    whatsapp_enabled: bool | None = named("WHATSAPP_ENABLED")
    """Whether messages may go by WhatsApp."""
    supabase_url: HttpUrl | None = named("SUPABASE_URL")
    """Address of Supabase, which stores files."""
    supabase_service_key: Secret = named("SUPABASE_SERVICE_KEY")
    """Key of its storage."""
    posthog_api_key: Secret = named("POSTHOG_API_KEY", "NEXT_PUBLIC_POSTHOG_KEY")
    """Key of PostHog, which counts how the product is used."""
    vercel_token: Secret = named("VERCEL_TOKEN")
    """Token of Vercel, which hosts the pages."""
    vendor_urls: dict[str, HttpUrl] = Field(default={}, repr=False)
    """Where services are reached instead of at home, as JSON: {"stripe": "http://127.0.0.1:4000"}."""

    @property
    def providers(self) -> dict[str, configured.Provider]:
        """The identity providers there are, by name."""
        known: dict[str, configured.Provider] = {}
        if self.workos_client_id and self.workos_api_key:
            known["workos"] = configured.workos(
                self.workos_client_id, self.workos_api_key, self.workos_webhook_secret, self.workos_roles
            )
        if self.google_client_id and self.google_client_secret:
            known["google"] = configured.google(self.google_client_id, self.google_client_secret)
        if self.firebase_project_id:
            known["firebase"] = configured.firebase(self.firebase_project_id)
        return known | self.identity_providers
