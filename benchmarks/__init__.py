"""What was measured, and how to measure it again. Each module runs alone: `python -m benchmarks.importing`."""
