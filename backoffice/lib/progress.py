"""Showing long work at a terminal: one line that moves, or plain lines in a log."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from django.core.management.base import BaseCommand

_MOVING_SECONDS, _PLAIN_SECONDS = 0.2, 5.0


def terminal(command: BaseCommand) -> TextIO:
    """Where a command's progress goes: its standard error, undecorated."""
    stream: TextIO = getattr(command.stderr, "_out", sys.stderr)
    return stream


class ProgressLine:
    """`label  42 %  3,120 rows/s  about 12 s left`; as often as the reader can use it."""

    def __init__(self, stream: TextIO, *, label: str, unit: str) -> None:
        self._stream, self._label, self._unit = stream, label, unit
        self._is_terminal = stream.isatty()
        self._began = self._shown = time.monotonic()
        self._counted_from: int | None = None
        self._share_from = 0.0

    def show_count(self, *, count: int, note: str) -> None:
        """Work whose end is not known beforehand."""
        if self._is_due(is_last=False):
            self._write(f"{self._label} {note}: {count:,} {self._unit}")

    def show(self, *, share: float, count: int, note: str = "") -> None:
        """`share` of the work is done (0 to 1) and `count` things; what was done before this
        process began does not count for the speed."""
        now = time.monotonic()
        if self._counted_from is None:
            self._counted_from, self._share_from = count, share
            self._began = now
            return
        if self._is_due(is_last=share >= 1):
            self._write(self._text(share, count, now - self._began, note))

    def finish(self) -> None:
        """Effects: leaves the moving line as it is and goes below it."""
        if self._is_terminal:
            self._stream.write("\n")
            self._stream.flush()

    def _is_due(self, *, is_last: bool) -> bool:
        now = time.monotonic()
        every = _MOVING_SECONDS if self._is_terminal else _PLAIN_SECONDS
        if now - self._shown < every and not is_last:
            return False
        self._shown = now
        return True

    def _text(self, share: float, count: int, seconds: float, note: str) -> str:
        done = count - (self._counted_from or 0)
        speed = done / seconds if seconds > 0 else 0.0
        moved = share - self._share_from
        left = (1 - share) / moved * seconds if moved > 0 else 0.0
        eta = f"  about {_duration(left)} left" if share < 1 else f"  {_duration(seconds)}"
        extra = f"  {note}" if note else ""
        return f"{self._label} {int(share * 100):3}%  {speed:,.0f} {self._unit}/s{eta}{extra}"

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[K{text}" if self._is_terminal else f"{text}\n")
        self._stream.flush()


def _duration(seconds: float) -> str:
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    if whole < 90 * 60:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
