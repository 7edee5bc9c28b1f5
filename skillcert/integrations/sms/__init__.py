"""Text messages to a phone."""
