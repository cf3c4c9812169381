"""The backends: each reuses the rules of the package whose credential it checks, none knows a strategy.

Rule: what is imported from DRF or simplejwt is imported here, simplejwt in one module only.
"""
