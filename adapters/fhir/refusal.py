"""Why a bundle cannot be taken: a code, the entry and the field. Never a value: values are personal."""


class Unusable(Exception):
    """The bundle breaks a rule and is refused whole.

    ``entry`` is the index in ``Bundle.entry`` (None: the bundle itself), ``resource`` its type, ``field`` a FHIR path.
    """

    def __init__(
        self, code: str, field: str | None = None, *, entry: int | None = None, resource: str | None = None
    ) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.entry = entry
        self.resource = resource


class NotMapped(Exception):
    """The resource says that it does not count (entered in error, not done): it is read, counted and left out."""
