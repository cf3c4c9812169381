"""From verdicts and samples to the rows of the results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict

from strategies.conformance import CASES, Outcome, Verdict

from .exchanges import Exchanges
from .goals import Metric
from .judged import Figure, Judged, judged, scaled
from .latency import AUTHENTICATED, Found, Series
from .lineup import AGAIN, CONTROL, Entry
from .plan import Plan
from .results import CaseRow, Cell, Column, Latency
from .statistics import Ratio, difference, noise_floor, percentile, quantiles, ratio, word
from .verdicts import Cells

WITHHELD = "not as the case demands"


def case_rows() -> list[CaseRow]:
    return [CaseRow(case.id, case.title, case.threat, case.group) for case in CASES]


def columns(cells: Cells, entries: Iterable[Entry], exchanges: Exchanges) -> list[Column]:
    def cell(entry: Entry, id: str, verdict: Verdict) -> Cell:
        return Cell(verdict.outcome.value, _reason(verdict, entry), exchanges.of(entry.key, id))

    return [
        Column(
            entry.key,
            entry.counted,
            {id: cell(entry, id, verdict) for id, verdict in cells[entry.key].items()},
            asdict(next(iter(entry.judged.values())).traits),
        )
        for entry in entries
        if entry.key in cells
    ]


def _reason(verdict: Verdict, entry: Entry) -> str:
    """What went wrong is told of pairs and controls only."""
    return verdict.reason if entry.explained or verdict.outcome is not Outcome.WRONG else WITHHELD


def noise(found: Found, plan: Plan) -> float | None:
    """The A/A control's factor; None when one of the two could not be measured."""
    same = _to_control(found, AGAIN, plan)
    return noise_floor(same) if same else None


def authenticated_rows(found: Found, floor: float | None, plan: Plan) -> list[Latency]:
    rows = []
    for (key, kind), series in found.items():
        to_control = None if key == CONTROL else _to_control(found, key, plan)
        added = None if key == CONTROL else _to_control(found, key, plan, difference)
        rows.append(_row(key, kind, series, to_control, floor if key != AGAIN else None, added))
    return rows


def goals(rows: Iterable[Latency], server: str) -> list[Judged]:
    """Whoever gave a wrong answer has no figure to judge."""
    added = ((one.key, None if one.failures else scaled(one.added, 1e-3)) for one in rows if one.key != CONTROL)
    return judged((Figure(Metric.FIRST_FRAME, key, measured) for key, measured in added), server)


def refused_rows(found: Found) -> list[Latency]:
    return [_row(key, kind, series) for (key, kind), series in found.items()]


def _row(
    key: str,
    kind: str,
    series: Series,
    to_control: Ratio | None = None,
    floor: float | None = None,
    added: Ratio | None = None,
) -> Latency:
    return Latency(
        key=key,
        kind=kind,
        samples=len(series.seconds),
        failures=series.failures,
        p50=_micros(percentile(series.values, 0.5)),
        p95=_micros(percentile(series.values, 0.95)),
        p99=_micros(percentile(series.values, 0.99)),
        quantiles=[round(seconds * 1e6) for seconds in quantiles(series.values)],
        ratio=round(to_control.estimate, 4) if to_control else None,
        low=round(to_control.low, 4) if to_control else None,
        high=round(to_control.high, 4) if to_control else None,
        added=scaled(added, 1e6),
        word=word(to_control, floor).value if to_control and floor else None,
    )


def _to_control(found: Found, key: str, plan: Plan, how: Callable[..., Ratio] = ratio) -> Ratio | None:
    """Over the rounds that both have a sample of."""
    one, control = found[key, AUTHENTICATED].seconds, found[CONTROL, AUTHENTICATED].seconds
    rounds = [number for number in one if number in control]
    if not rounds:
        return None
    return how(
        [one[number] for number in rounds],
        [control[number] for number in rounds],
        resamples=plan.size.resamples,
        seed=plan.seed,
    )


def _micros(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1e6)
