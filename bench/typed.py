"""Dataclasses out of JSON, each field strictly of its type: the inverse of `dataclasses.asdict` for rows of figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_origin, get_type_hints

from .fields import ANY, BadFigures, at, field, mapping, number, sequence, text, truth

SIGNED = frozenset({"added_cpu", "added_p50", "estimate", "high", "low", "over_none_bytes", "slope_bytes"})
"""Fields that may be below zero."""

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Made = TypeVar("Made", bound=DataclassInstance)

Reader = Callable[[Mapping[str, Any], str, str], Any]


def made(kind: type[Made], told: object, place: str) -> Made:
    """Every field must be there; what else is told is left out. Raises `BadFigures`, which names the place."""
    of, types = mapping(told, place or "the file"), get_type_hints(kind)
    names = [one.name for one in fields(kind)]
    return kind(**{name: value(types[name], of, name, place) for name in names})


def value(kind: Any, of: Mapping[str, Any], name: str, place: str) -> Any:
    """That of one name, which is of that type."""
    found, inner = field(of, name, place), get_args(kind)
    if NoneType in inner:
        return None if found is None else value(inner[0], of, name, place)
    plain: Any = get_origin(kind) or kind
    if plain in _PLAIN:
        return _PLAIN[plain](of, name, place)
    if is_dataclass(plain):
        return made(plain, found, at(place, name))
    if issubclass(plain, StrEnum):
        return _member(plain, found, at(place, name))
    if issubclass(plain, Mapping):
        return {key: value(inner[1], found, key, at(place, name)) for key in mapping(found, at(place, name))}
    those = enumerate(sequence(found, at(place, name)))
    elements = [value(inner[0], {(each := f"{name}[{number}]"): one}, each, place) for number, one in those]
    return tuple(elements) if plain is tuple else elements


def _member(kind: type[StrEnum], found: object, place: str) -> StrEnum:
    if not isinstance(found, str) or found not in list(kind):
        raise BadFigures(f"{place} must be one of {', '.join(kind)}, not {found!r}")
    return kind(found)


def _number(of: Mapping[str, Any], name: str, place: str) -> float:
    return number(of, name, place, least=ANY if name in SIGNED else 0)


_PLAIN: Mapping[Any, Reader] = {
    str: text,
    bool: truth,
    float: _number,
    int: lambda of, name, place: int(_number(of, name, place)),
    Any: lambda of, name, place: field(of, name, place),
}
