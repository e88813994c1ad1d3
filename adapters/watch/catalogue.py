"""Every rule that is watched."""

from adapters.watch.consumers import Gap, Halted, Parked
from adapters.watch.keys import Keys
from adapters.watch.rule import Rule
from adapters.watch.sums import Money, Quota, Slots
from adapters.watch.working import Checkpoints, Effects, Sequences, Watermarks

RULES = (Gap, Parked, Halted, Slots, Quota, Money, Effects, Checkpoints, Sequences, Watermarks, Keys)


def rules() -> list[Rule]:
    """Return the rules, made anew: some remember their last look."""
    return [rule() for rule in RULES]
