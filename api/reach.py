"""What an endpoint can come to: every function it may call is followed, so that the OpenAPI document names the
refusals of each route without anyone listing them."""

import dis
import inspect
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Any, NamedTuple, get_args

from fastapi.dependencies.models import Dependant

from application.kernel.dispatch import USE_CASES, Command
from domain.kernel.errors import Refused

OURS = ("api", "application", "domain", "projections", "adapters")
#: Docstrings say what is raised where nothing else can tell: in ports, and in what calls a library.
_RAISES = re.compile(r"\bRaises?\s+([A-Z]\w+(?:(?:,|\s+or|\s+and|,\s+and|,\s+or)?\s+[A-Z]\w+)*)")


class Reach(NamedTuple):
    """What can be come to from an endpoint: refusals raised, functions called."""

    refusals: frozenset[type[Refused]]
    functions: frozenset[FunctionType]


def reach(dependant: Dependant) -> Reach:
    """Return what an endpoint and its dependencies can come to (rather too much than too little)."""
    walk = _Walk()
    for call in _calls(dependant):
        walk.follow(call)
    return Reach(frozenset(walk.refusals), frozenset(walk.functions))


def every_refusal() -> dict[str, type[Refused]]:
    """Return all refusals that are loaded, by the name of their class."""
    return {refusal.__name__: refusal for refusal in _below(Refused)}


def _below(kind: type[Refused]) -> Iterator[type[Refused]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    if dependant.call is not None:
        yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


class _Walk:
    """One walk; what was seen is not entered again."""

    def __init__(self) -> None:
        self.refusals: set[type[Refused]] = set()
        self.functions: set[FunctionType] = set()
        self._named = every_refusal()

    def follow(self, thing: object, owner: type | None = None) -> None:
        """Enter whatever can be called."""
        if isinstance(thing, type):
            self._enter_class(thing)
            return
        function = inspect.unwrap(thing) if callable(thing) else thing
        if isinstance(function, FunctionType) and function not in self.functions and _is_ours(function):
            self.functions.add(function)
            self._read(function, owner)

    def _enter_class(self, kind: type) -> None:
        if issubclass(kind, Refused):
            self.refusals |= {kind} - {Refused}
        elif issubclass(kind, Command) and kind in USE_CASES:
            self.follow(USE_CASES[kind][1])
        elif _is_ours(kind) and isinstance(made := inspect.getattr_static(kind, "__init__"), FunctionType):
            self.follow(made, kind)

    def _read(self, function: FunctionType, owner: type | None) -> None:
        for found in _RAISES.findall(function.__doc__ or ""):
            self.refusals.update(self._named[name] for name in re.findall(r"\w+", found) if name in self._named)
        names = frozenset(_names(function.__code__))
        kinds: set[type] = set(_mentioned(function.__annotations__.values()))
        if owner is not None:
            kinds.add(owner)
        for thing in _reachable(function, names):
            kinds.update(_mentioned([thing, *_returned(thing)]))
            self.follow(thing)
        self._methods(kinds, names)

    def _methods(self, kinds: set[type], names: frozenset[str]) -> None:
        """Enter the methods of these names; what they return, or hold as a part, may have some as well."""
        seen: set[type] = set()
        while kinds - seen:
            for kind in kinds - seen:
                seen.add(kind)
                for name in names & set(_members(kind)):
                    member = inspect.getattr_static(kind, name, None)
                    method = getattr(member, "fget", None) or getattr(member, "__func__", member)
                    self.follow(method, kind)
                    kinds.update(_mentioned(_returned(method)))
                    if name in _parts_by_name(kind):
                        kinds.update(_parts_by_name(kind)[name])


def _reachable(function: FunctionType, names: frozenset[str]) -> Iterator[object]:
    """Yield what a function's code can name: globals, what it closed over, and parts of modules and of those."""
    space = [function.__globals__[name] for name in _loaded(function.__code__) if name in function.__globals__]
    space += [cell.cell_contents for cell in function.__closure__ or ()]
    for thing in space:
        yield thing
        if isinstance(thing, ModuleType) or (_is_ours(type(thing)) and not isinstance(thing, type)):
            for name in names:
                part = inspect.getattr_static(thing, name, None) if isinstance(thing, ModuleType) else None
                yield part if part is not None else getattr(thing, name, None)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _names(inner)


@lru_cache(maxsize=4096)
def _loaded(code: CodeType) -> frozenset[str]:
    """Return the names of globals; an attribute of the same name is another thing."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname in {"LOAD_GLOBAL", "LOAD_NAME"}}
    return frozenset(found).union(*(_loaded(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _mentioned(hints: Iterable[object]) -> Iterator[type]:
    """Yield our classes that type hints, or values, name."""
    for hint in hints:
        if isinstance(hint, type) and not get_args(hint):
            if _is_ours(hint):
                yield hint
        else:
            yield from _mentioned(get_args(hint))


def _returned(thing: object) -> list[object]:
    return [thing.__annotations__.get("return")] if isinstance(thing, FunctionType) else []


@lru_cache(maxsize=4096)
def _members(kind: type) -> frozenset[str]:
    return frozenset(dir(kind)) | _parts_by_name(kind).keys()


@lru_cache(maxsize=4096)
def _parts_by_name(kind: type) -> dict[str, tuple[type, ...]]:
    """Return our classes that a class's fields are of: as annotated, or as made or given when it begins."""
    parts: dict[str, tuple[type, ...]] = {}
    for base in reversed([base for base in kind.__mro__ if _is_ours(base)]):
        made = base.__dict__.get("__init__")
        if isinstance(made, FunctionType):
            parts |= {name: tuple(_mentioned(things)) for name, things in _assigned(made)}
        parts |= {name: tuple(_mentioned([hint])) for name, hint in inspect.get_annotations(base).items()}
    return parts


def _assigned(made: FunctionType) -> Iterator[tuple[str, list[object]]]:
    """Yield each attribute an ``__init__`` sets, with the globals and the parameters' types it is set from."""
    used: list[object] = []
    for step in dis.get_instructions(made):
        if step.opname == "STORE_ATTR":
            yield step.argval, used
        elif step.opname in {"LOAD_GLOBAL", "LOAD_FAST", "LOAD_FAST_BORROW"}:
            used.append(made.__globals__.get(step.argval) or made.__annotations__.get(step.argval))
        if step.starts_line is not None and step.opname != "STORE_ATTR":
            used = used[-1:] if step.opname.startswith("LOAD") else []


def _is_ours(thing: Any) -> bool:
    return str(getattr(thing, "__module__", "")).partition(".")[0] in OURS
