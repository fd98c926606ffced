"""What a browser carries: its session's cookie, its attempts to sign in, proof against CSRF."""
