"""A terminal scrolls: one message carries any digest."""

from bot.ports import Limits

LIMITS = Limits(cards=1000, characters=1_000_000, per_card=0)
