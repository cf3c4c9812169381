"""What went over the wire in every attempt of a comparison, each text once.

Most attempts of a case look alike, whoever checks the credential: a report holds a few hundred texts for
thousands of attempts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from strategies.conformance import Transcript

from .verdicts import Attempted


class Exchanges:
    """The transcripts of a comparison by contender, case and refuse mode; of the `untold`, no text."""

    def __init__(self, transcripts: dict[Attempted, Transcript], untold: Collection[str] = ()) -> None:
        self._places: dict[str, int] = {}
        self._of: dict[tuple[str, str], dict[str, int]] = {}
        self._secrets: dict[str, list[str]] = {}
        for (key, id, mode), transcript in transcripts.items():
            self._secrets.setdefault(key, []).extend(transcript.secrets)
            if key not in untold and (text := transcript.text):
                place = self._places.setdefault(text, len(self._places))
                self._of.setdefault((key, id), {})[mode] = place

    @property
    def texts(self) -> list[str]:
        return list(self._places)

    def of(self, key: str, id: str) -> dict[str, int]:
        """Where in `texts` a cell's attempts are, by refuse mode."""
        return self._of.get((key, id), {})

    def secrets(self, keys: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
        """The credentials that each of the contenders was given. They are for looking for, not for keeping."""
        return ((key, self._secrets.get(key, [])) for key in keys)
