"""What several tests share: services with faults, child programs, other computers."""

from pathlib import Path

SUPPORT = Path(__file__).parent
