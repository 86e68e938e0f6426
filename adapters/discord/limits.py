"""Discord's limits as numbers. Lengths are counted in UTF-16 units, which is never less than what Discord counts."""

from __future__ import annotations

from bot.ports import Limits, Pace

CONTENT = 2000

EMBEDS = 10
EMBED_TITLE = 256
EMBED_DESCRIPTION = 4096
EMBED_FIELDS = 25
EMBED_FIELD_NAME = 256
EMBED_FIELD_VALUE = 1024
EMBED_FOOTER = 2048
EMBED_AUTHOR = 256
#: Titles, descriptions, fields, footers and authors of all embeds of one message together.
EMBED_TOTAL = 6000
EMBED_URL = 2048

ROWS = 5
ROW_BUTTONS = 5
BUTTON_LABEL = 80
BUTTON_URL = 512
CUSTOM_ID = 100
OPTIONS = 25
#: A select option's label, value and description, each.
OPTION_TEXT = 100
PLACEHOLDER = 150

MODAL_TITLE = 45
MODAL_PARTS = 5
MODAL_LABEL = 45
#: A question's description and placeholder, each.
MODAL_HINT = 100
MODAL_ANSWER = 4000
#: What a form's estimate may take; Discord allows ten times as much.
MODAL_TEXT = 400

FILES = 10
FILE_NAME = 80
ALT_TEXT = 1024
#: Messages after the first, where only the person who asks has the bot.
FOLLOWUPS_ALONE = 5

THREAD_NAME = 100
#: Tags of one forum post.
POST_TAGS = 5
NONCE = 25

COMMAND_NAME = 32
COMMAND_DESCRIPTION = 100
COMMAND_OPTIONS = 25
#: Names, descriptions and choice values of one command together.
COMMAND_TOTAL = 8000
CHOICES = 25
CHOICE_TEXT = 100

#: Ten cards are one message: summaries are shortened until the embeds share ``EMBED_TOTAL``. Text far beyond that is worth a second
#: message, so a card counts here with what it brings before it is shortened.
LIMITS = Limits(cards=EMBEDS, characters=9000, per_card=40)

#: Five messages in five seconds are taken in a channel (seen in its X-RateLimit headers, not promised), and 50 requests a second under
#: one token (Discord's documentation on rate limits); a tenth of those is left for answers and for looking into channels.
PACE = Pace(each=1.0, overall=1 / 45)
#: Seconds for which a nonce is relied on. Discord promises "the past few minutes" (Create Message, ``enforce_nonce``).
NONCE_WINDOW = 60.0
