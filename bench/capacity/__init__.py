"""What a deployment needs, computed from what was measured; and a simulation of everybody coming back at once.

`manage.py capacity` is the command. `figures` reads what `manage.py storm --json` printed, `assumptions` holds
what nobody measured, `sizing` is the arithmetic. `simulation` plays a reconnect storm, and `check` holds it
against a real one. Measuring itself is `bench.storm`'s business.
"""
