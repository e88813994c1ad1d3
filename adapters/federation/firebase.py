"""Firebase Auth: people sign in by Google's own client, which hands over an ID token; no code, no nonce. That it is of
this sign-in shows by its age: a client asks for a new token, as getIdToken(true) does, after the trip began."""

from adapters.federation.configured import SECURE_TOKEN, Provider
from adapters.federation.courier import Courier, refuse
from adapters.federation.id_tokens import Expected, identified, verified
from adapters.federation.key_sets import KeySets
from adapters.federation.news import TellsNothing
from application.ports.identity_provider import By, Identified, Leg, Offer, Proof

ALGORITHMS = frozenset({"RS256"})
LONGEST_SUBJECT = 128


class Firebase(TellsNothing):
    """IdentityProvider for one project."""

    def __init__(self, name: str, provider: Provider, courier: Courier) -> None:
        self.offer = Offer(name, provider.label or name, By.TOKEN)
        self._project = provider.client_id
        self._issuer = provider.issuer or f"{SECURE_TOKEN}/{provider.client_id}"
        self._address = provider.keys_url
        self._keys = KeySets(courier, self._where)

    async def departure(self, leg: Leg) -> None:
        """There is nowhere to go: the client has all it needs."""

    async def arrival(self, leg: Leg, proof: Proof) -> Identified:
        """Check the token by Firebase's rules: issuer and audience are the project's, and somebody signed in."""
        expected = Expected(
            self._issuer, self._project, leg.begun_at, None, fresh=leg.fresh, algorithms=ALGORITHMS
        )  # fmt: skip
        claims = await verified(proof.text, expected, self._keys.key)
        if claims.auth_time is None or len(claims.sub) > LONGEST_SUBJECT:
            refuse("a token of nobody who signed in")
        return identified(claims)

    async def _where(self) -> str:
        return self._address
