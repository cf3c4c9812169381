"""Runs the conformance suite in memory, as somebody who has the package but not its repository; prints JSON."""

import asyncio
import json
from collections import Counter
from importlib import import_module
from importlib.util import find_spec
from io import StringIO

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command

django.setup()
call_command("check", fail_level="WARNING", stdout=StringIO())
call_command("migrate", verbosity=0)

conformance, registry, inprocess, probes = (
    import_module(f"{settings.PACKAGE}.{name}")
    for name in ("conformance", "registry", "conformance.inprocess", "conformance.probe")
)


async def judge_all() -> list[tuple[str, str, str, str]]:
    few, many = asyncio.Semaphore(4), asyncio.Semaphore(24)  # those that wait for seconds do nothing else

    async def judge(case, pair, contender, medium):
        async with many if case.lasts else few:
            verdict = await conformance.judge(case, contender, medium, patience=30.0)
        return pair.key, case.id, str(verdict.outcome), verdict.reason

    cells = []
    for refuse in ("handshake", "close"):
        pairs = [pair.under(refuse=refuse) for pair in registry.pairs()]
        for pair, contender in zip(pairs, conformance.contenders(pairs), strict=True):
            probe = probes.Probe()
            medium = inprocess.InProcess(pair.guard(probe.wrap(probes.witness)), probe)
            cells += [judge(case, pair, contender, medium) for case in conformance.CASES]
    return await asyncio.gather(*cells)


verdicts = asyncio.run(judge_all())
config = apps.get_app_config("wsauth")
print(
    json.dumps(
        {
            "app": [config.name, type(config).__module__],
            "found": {name: find_spec(name) is not None for name in ("strategies", "core", "bench", "tests", "wsauth")},
            "pairs": len(registry.pairs()),
            "outcomes": Counter(outcome for _, _, outcome, _ in verdicts),
            "wrong": [verdict for verdict in verdicts if verdict[2] == "WRONG"],
        }
    )
)
