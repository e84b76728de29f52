"""How fast something goes, and how long it will take."""

import time
from dataclasses import dataclass, field

WINDOW_S = 5.0


@dataclass(slots=True)
class Pace:
    """How fast something goes, over the last few seconds."""

    points: list[tuple[float, int]] = field(default_factory=list)

    def note(self, done: int) -> None:
        """Note that ``done`` units are done now."""
        now = time.monotonic()
        self.points = [p for p in self.points if p[0] > now - WINDOW_S]
        self.points.append((now, done))

    @property
    def per_second(self) -> float:
        """Units a second; 0 while unknown."""
        if len(self.points) < 2:
            return 0.0
        (first_s, first), (last_s, last) = self.points[0], self.points[-1]
        return max(0.0, (last - first) / max(last_s - first_s, 0.05))
