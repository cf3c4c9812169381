"""Contenders that are broken on purpose, each in one way, and the cases that must catch it.

A conformance suite that has never failed proves nothing. Rule: one behaviour each, as short as it can be;
`caught_by` is exact, so that a case which begins or ceases to catch something is noticed.
"""
