"""The comparison: contenders on a real server, measured side by side, and the report from which one can choose."""
