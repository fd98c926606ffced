"""What a process does again and again beside its work."""
