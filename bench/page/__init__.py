"""The report as one HTML page: what stands in it, piece by piece, and `content`, which puts the pieces together."""

from __future__ import annotations

import base64
import hashlib

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from bench.results import Results
from bench.view import LEGEND, view

from . import storm, times
from .choice import choice
from .goals import aims
from .lamps import lamps
from .matrix import matrix
from .tables import tables
from .threats import leaks, threats


def content(results: Results) -> str:
    shown, script = view(results), render_to_string("bench/report.js")
    return render_to_string(
        "bench/report.html",
        {
            "results": results,
            "view": shown,
            "legend": LEGEND,
            "lamps": lamps(results),
            "choice": choice(results),
            "matrix": matrix(results, shown.rows),
            "threats": threats(results),
            "leaks": leaks(results),
            "forest": times.forest(results),
            "ridges": times.ridges(results),
            "storms": storm.shown(results),
            "log_outs": storm.log_outs(results),
            "kicks": storm.kicks(results),
            "missing": storm.missing(results),
            "aims": aims(results),
            "tables": tables(results, shown),
            "style": mark_safe(render_to_string("bench/report.css")),
            "script": mark_safe(script),
            # The page's own script and no other [CSP Level 3, §2.3.1].
            "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        },
    )
