"""What can be refused about an erasure."""

from domain.kernel.errors import IllegalTransition


class AlreadyRequested(IllegalTransition):
    """This person's erasure has been asked for already."""

    code = "erasure-already-requested"


class NotRefused(IllegalTransition):
    """Only what a refused erasure closed is opened again."""

    code = "erasure-not-refused"


class NotReleased(IllegalTransition):
    """A key is destroyed only after its class was released."""

    code = "class-not-released"


class NotAllErased(IllegalTransition):
    """An erasure is complete when every class of it is erased."""

    code = "not-all-erased"
