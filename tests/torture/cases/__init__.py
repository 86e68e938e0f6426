"""Everything that is done to it, in the order of the table."""

from __future__ import annotations

from tests.torture.bench import Case
from tests.torture.cases import answers, calendar, closed, disks, kills, language, lines, pairs, papers, restored, stops, storm

CASES = (
    Case(name="kills", about="kill -9 at random moments, 5 % faults", run=kills.random_kills),
    Case(name="later", about="the same, and two hours pass after every death", run=kills.later_kills),
    Case(name="clocks", about="the same, on hosts whose clocks are a day off and are stepped", run=kills.wrong_clocks),
    Case(name="lines", about="kill -9 at executed lines × 6 faults × {now, two hours later}", run=lines.every_line),
    Case(name="frozen-lines", about="stand still at executed lines for longer than the lease", run=lines.frozen_lines),
    Case(name="pairs", about="two processes on one database, both killed", run=pairs.killed_pair),
    Case(name="frozen", about="two processes on one database, frozen by turns", run=pairs.frozen_pair),
    Case(name="faults", about="each single fault, before and after the message is stored", run=answers.single_faults),
    Case(name="looks", about="all faults on every request, looks included", run=answers.all_requests),
    Case(name="poison", about="messages that break the renderer", run=answers.poison),
    Case(name="sigterm", about="SIGTERM with requests in flight", run=stops.sigterm),
    Case(name="stalled", about="SIGTERM while every request hangs", run=stops.sigterm_stalled),
    Case(name="signals", about="a second signal at once", run=stops.second_signal),
    Case(name="connections", about="gateway and Socket Mode drop", run=stops.lost_connections),
    Case(name="closed", about="history closed, opened later", run=closed.closed_history),
    Case(name="backup", about="older backups put back", run=restored.backups),
    Case(name="journal", about="the -wal is lost", run=restored.lost_journal),
    Case(name="disk", about="the disk is full again and again", run=disks.full_disk),
    Case(name="lock", about="another tool holds the database", run=disks.held_lock),
    Case(name="storm", about="ten minutes of 429 in virtual time", run=storm.storms),
    Case(name="calendar", about="ten simulated years over all zones", run=calendar.calendar),
    Case(name="parity", about="500,000 pairs of a random query and a paper", run=language.parity),
    Case(name="language", about="1,000,000 strings that nobody should type", run=language.hostile),
    Case(name="documents", about="1,000 documents made to break whoever reads them", run=papers.hostile_documents),
)
