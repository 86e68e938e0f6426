"""How much one Slack message carries. Characters are counted as UTF-16 units, the stricter reading.

Slack refuses more than 50 blocks, and more text than about 13,000 characters less 60 for each block (measured by others: 9,597 in
50 blocks pass, 11,341 in 45 fail). A message stays well inside both.
"""

from __future__ import annotations

from bot.ports import Limits, Pace

#: What the renderer allows itself in one message.
BLOCKS = 45
CHARACTERS = 9_000

HEADER = 150
#: One plain text element of a context block.
CONTEXT = 1_500
BUTTON = 75
OPTION = 75
OPTION_VALUE = 150
ACTIONS = 25
OVERFLOW = 5
SELECT = 100
URL = 3_000
SECTION = 3_000
#: The line that notifications and screen readers get, after escaping.
FALLBACK = 3_000

#: A card is three blocks; heading, introduction, closing line and buttons take four more. A card's frame is its link and labels.
LIMITS = Limits(cards=12, characters=8_600, per_card=120)

#: Slack takes about one message a second in a channel, and "several hundred a minute" in a workspace (its page on rate limits, under
#: chat.postMessage): five a second is what we call several hundred.
PACE = Pace(each=1.0, overall=0.2)

# --- forms and pages -------------------------------------------------------------------------------------------------

VIEW_BLOCKS = 100
#: Bytes of a whole view; Slack refuses 250 kB.
VIEW_BYTES = 240_000
TITLE = 24
METADATA = 3_000
LABEL = 2_000
PLACEHOLDER = 150
INPUT = 3_000
CHECKBOXES = 10
#: What stands beside a question while it is wrong; Slack names no limit, people read no more.
WRONG = 600

# --- files -----------------------------------------------------------------------------------------------------------

ALT = 1_000
