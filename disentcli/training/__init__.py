"""The loop and what it needs: optimisers, schedules, devices, seeds, signals."""
