"""Services of our own on loopback, for `manage.py cluster` and the tests: no system's service is touched."""
