"""A page that draws a message as Slack and as Discord would, from the very payloads that would be sent."""
