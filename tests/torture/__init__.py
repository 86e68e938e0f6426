"""The proof that every paper arrives once: the real process, killed, stopped, starved and lied to, between loopback servers."""
