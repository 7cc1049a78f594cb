"""The status as lines for a person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from music_assets.cli.status_model import Quarantined, Quota, Stale, Status, Unfinished

T = TypeVar("T")

NOTHING_YET = "Nothing has run yet; `music-assets run` does it all."
#: Weeks, files and reasons that are told before the rest is counted.
SHOWN = 8
SIMULATED, NOT_KNOWN = "simulated", "not known"


def told(status: Status) -> Iterator[str]:
    """The lines of a status, one thing after the other."""
    yield f"storage    {status.storage}"
    yield f"database   {status.database}"
    yield f"history    {status.history}"
    yield f"login      {_login(status)}"
    yield f"last run   {_last_run(status)}"
    yield f"newest     {_newest(status)}"
    rows = None if status.rows is None else status.rows.items()
    yield from _block("rows", _each(lambda row: f"{row[0]}: {row[1]:,}", rows), shown=99)
    yield from _block("to do", _to_do(status.stale))
    yield from _block("unfinished", _each(_unfinished, status.unfinished))
    yield from _block("quota", _each(_quota, status.quotas))
    yield from _block("quarantine", _each(_quarantined, status.quarantine))


def _each(line: Callable[[T], str], parts: Iterable[T] | None) -> list[str] | None:
    return None if parts is None else [line(part) for part in parts]


def _block(title: str, lines: Sequence[str] | None, shown: int = SHOWN) -> Iterator[str]:
    """A title with a line for each thing, or with the word that there is none."""
    if not lines:
        yield f"{title:<10} {NOT_KNOWN if lines is None else 'none'}"
        return
    for number, line in enumerate(lines[:shown]):
        yield f"{'' if number else title:<10} {line}"
    if len(lines) > shown:
        yield f"{'':<10} and {len(lines) - shown:,} more; --json has them all"


def _login(status: Status) -> str:
    login = status.login
    if login.kind == "sandbox":
        return "none: the bundled sandbox stands in for Spotify"
    if login.kind == "browser":
        return "none is kept: `music-assets follow` opens the browser"
    if login.days is None:
        return "kept, since a day that nobody noted"
    old = "; it ends after six months, so run `music-assets login`" if login.old else ""
    return f"{login.days} days old{old}"


def _last_run(status: Status) -> str:
    run = status.last_run
    if run is None:
        return NOTHING_YET
    began = f", began {run.began:%Y-%m-%d %H:%M} UTC" if run.began else ""
    took = (
        f", took {_ago(int((run.ended - run.began).total_seconds()))}"
        if run.began and run.ended
        else ""
    )
    return f"{run.job}: {run.status}{began}{took}"


def _newest(status: Status) -> str:
    week = status.newest_week
    if week is None:
        return NOT_KNOWN if status.rows is None else "no week has figures yet"
    ends = "" if week.finished else ", which has not ended"
    if week.sources == [SIMULATED]:
        return f"{week.week}{ends}; its figures are simulated"
    return (
        f"{week.week}{ends}; its figures are from {', '.join(week.sources) or 'nobody knows where'}"
    )


def _to_do(stale: Stale | None) -> list[str] | None:
    if stale is None:
        return None
    weeks = stale.weeks
    told = f"{len(weeks):,} weeks, {weeks[0]} to {weeks[-1]}" if len(weeks) > 1 else "".join(weeks)
    return [*filter(None, [told]), *stale.files]


def _unfinished(ingest: Unfinished) -> str:
    then = "goes on with it" if ingest.resumed else "begins anew"
    return (
        f"{ingest.kind}: {ingest.parts:,} parts, the last {_ago(ingest.seconds)} ago; the next run "
        f"{then}"
    )


def _quarantined(records: Quarantined) -> str:
    loaded = " (loaded without the value)" if records.loaded else ""
    return f"{records.asset}: {records.records:,} x {records.reason}{loaded}"


def _quota(quota: Quota) -> str:
    left = "how many are left is not known yet" if quota.left is None else f"{quota.left:,} left"
    pause = f"; none before {quota.not_before:%Y-%m-%d %H:%M} UTC" if quota.not_before else ""
    return f"{quota.server}, {quota.app}: {quota.spent:,} calls in 24 hours, {left}{pause}"


def _ago(seconds: int) -> str:
    """A time in its largest unit."""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size:,} {unit}"
    return f"{seconds:,} seconds"
