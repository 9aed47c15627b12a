"""What uptime and downtime say together: awake in uptime (if any is given) and not in downtime (if any is given)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sleepwalker.core.schedule import Schedule
from sleepwalker.core.spans import first, last

_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Hours:
    """What the schedules of a rule say, calendars apart."""

    uptime: Schedule | None
    downtime: Schedule | None

    def like(self, days: Mapping[date, int]) -> "Hours":
        """Return the same with dates that are like other weekdays."""
        if not days:
            return self
        return Hours(self.uptime and self.uptime.like(days), self.downtime and self.downtime.like(days))

    def awake(self, at: datetime) -> bool | None:
        """Say whether it shall be awake; None without schedules."""
        if self.uptime is None and self.downtime is None:
            return None
        return not self._out_of_uptime(at) and not self._in_downtime(at)

    def next_edge(self, at: datetime) -> datetime | None:
        """Return the first instant after this one at which the answer may change."""
        return first(*(schedule.next_change(at) for schedule in self._deciding(at)))

    def last_edge(self, at: datetime) -> datetime | None:
        """Return the last instant, not after this one, at which the answer may have changed."""
        return last(*(schedule.previous_change(at) for schedule in self._deciding(at)))

    def because(self, at: datetime) -> str:
        """Return which of the two decides at an instant."""
        if self.uptime and not (self.uptime.covers(at) and self._in_downtime(at)):
            return f"uptime {_brief(self.uptime)}"
        return f"downtime {_brief(self.downtime)}" if self.downtime else "no schedule"

    def _deciding(self, at: datetime) -> list[Schedule]:
        """Return the schedules that would have to change first: one that says asleep, else all."""
        if self.uptime and self._out_of_uptime(at):
            return [self.uptime]
        if self.downtime and self._in_downtime(at):
            return [self.downtime]
        return [each for each in (self.uptime, self.downtime) if each]

    def _out_of_uptime(self, at: datetime) -> bool:
        return self.uptime is not None and not self.uptime.covers(at)

    def _in_downtime(self, at: datetime) -> bool:
        return self.downtime is not None and self.downtime.covers(at)


def _brief(schedule: Schedule) -> str:
    text = str(schedule)
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
