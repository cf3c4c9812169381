"""Published packages that a user might install instead: strangers in the comparison and in the storm.

They are optional, in an environment of their own. Rule: of their verdicts pass or fail and the version are
told, never how one fails; some of it has no public report.
"""
