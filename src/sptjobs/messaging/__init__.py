"""Messages to users about what they want to know: webhooks and mail."""
