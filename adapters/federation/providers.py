"""The providers that are configured, ready to be asked."""

from collections.abc import Callable

from adapters.federation.configured import Provider
from adapters.federation.courier import Courier
from adapters.federation.firebase import Firebase
from adapters.federation.oidc import OpenIdConnect
from adapters.federation.workos import AuthKit
from application.ports.identity_provider import IdentityProvider

KINDS: dict[str, Callable[[str, Provider, Courier], IdentityProvider]] = {
    "oidc": OpenIdConnect,
    "workos": AuthKit,
    "firebase": Firebase,
}


class ConfiguredProviders(dict[str, IdentityProvider]):
    """Providers by name. What they are asked goes over connections that :meth:`close` ends."""

    def __init__(self, configured: dict[str, Provider], seconds: float) -> None:
        super().__init__()
        self._couriers = {name: Courier(seconds) for name in configured}
        for name, provider in configured.items():
            self[name] = KINDS[provider.kind](name, provider, self._couriers[name])

    async def close(self) -> None:
        """Close the connections."""
        for courier in self._couriers.values():
            await courier.close()
