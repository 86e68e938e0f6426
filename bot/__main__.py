"""``python -m bot`` is the ``papercrier`` command."""

from bot.cli.main import main

main()
