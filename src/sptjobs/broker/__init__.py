"""The broker: queues, permits, wake-ups, and their inspection."""
