"""Load from several machines with Locust. In a folder of its own, which Locust puts on the import path."""
