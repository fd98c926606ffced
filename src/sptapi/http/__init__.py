"""What is HTTP only: bodies, responses, streams, negotiation."""
