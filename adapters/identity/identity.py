"""All that signing in needs, wired once per process."""

from typing import Any

from psycopg_pool import AsyncConnectionPool
from uuid_utils.compat import uuid7

from adapters.cache.cache import Cache
from adapters.federation.links import KeyedLinks
from adapters.federation.news import StoredNews
from adapters.federation.providers import ConfiguredProviders
from adapters.federation.trips import StoredTrips
from adapters.files.sealing import FileCipher
from adapters.identity.access_tokens import Jwts
from adapters.identity.api_keys import StoredApiKeys
from adapters.identity.attempts import StoredAttempts
from adapters.identity.authenticators import Totp
from adapters.identity.challenges import StoredChallenges
from adapters.identity.credentials import StoredCredentials
from adapters.identity.invitations import StoredInvitations
from adapters.identity.keyed import KeyedAccounts, KeyedHashes
from adapters.identity.known_keys import KnownKeys
from adapters.identity.passwords import SlowHashes
from adapters.identity.refresh_tokens import StoredRefreshTokens
from adapters.identity.ring import KeyRing
from adapters.identity.standings import StreamStandings
from adapters.identity.withdrawals import Withdrawals
from adapters.postgres.first_answers import StoredFirstAnswers
from adapters.postgres.key_store import KeyStore
from adapters.settings import Settings
from application.identity.doors import Doors
from application.kernel.dispatch import Dispatcher
from application.ports.event_store import EventStore

DAY = 86_400


class Identity:
    """Ports over ``pool`` and, for keys, ``key_pool``; ``doors`` is what the application is handed."""

    def __init__(
        self,
        settings: Settings,
        pool: AsyncConnectionPool[Any],
        key_pool: AsyncConnectionPool[Any],
        keys: KeyStore,
        store: EventStore,
        dispatcher: Dispatcher,
        cache: Cache,
    ) -> None:
        self.cipher = FileCipher(key_pool, keys)
        hashes = self.hashes = KeyedHashes(key_pool, keys)
        self.ring = open_ring(settings)
        self.accounts = KeyedAccounts(hashes, store, cache)
        self.attempts = StoredAttempts(pool, hashes)
        self.challenges = StoredChallenges(pool, hashes, self.cipher)
        self.credentials = StoredCredentials(pool, self.cipher)
        self.passwords = SlowHashes(settings.password_threads, settings.password_queue)
        self.refresh_tokens = StoredRefreshTokens(pool, int(settings.refresh_days * DAY))
        self.invitations = StoredInvitations(pool, hashes)
        self.first_answers = StoredFirstAnswers(pool, hashes)
        self.tokens = Jwts(self.ring, settings.token_seconds)
        self.withdrawals = Withdrawals(pool, settings.longest_token_seconds)
        self.providers = ConfiguredProviders(settings.providers, settings.provider_seconds)
        self.doors = Doors(
            dispatcher, store, self.accounts, self.attempts, self.challenges, self.credentials, Totp(), self.passwords,
            self.refresh_tokens, self.tokens, StreamStandings(store), self.providers, StoredTrips(pool, hashes),
            KeyedLinks(hashes, store), StoredNews(pool), settings.callback_url, self.invitations, StoredApiKeys(pool),
            settings.second_factor_roles, uuid7,
        )  # fmt: skip
        self.api_keys = KnownKeys(self.doors)

    async def close(self) -> None:
        """Stop looking, and finish what is being hashed."""
        await self.withdrawals.close()
        await self.providers.close()
        self.passwords.close()


def open_ring(settings: Settings) -> KeyRing:
    """Return the ring of keys that sign access tokens here. Raises RingUnsafe."""
    secret = settings.token_secret
    return KeyRing(settings.token_ring_path, secret.get_secret_value().encode() if secret else None)
